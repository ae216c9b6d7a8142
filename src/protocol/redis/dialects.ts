/**
 * How a redis server is spoken to: in RESP2, which all know, or in RESP3, for clients that asked for it. Replies are passed
 * on as they are, so a client's protocol has to be that of the connections which carry its requests; and so has its database.
 *
 * @module
 */

import { concat, encode } from "../../base/ascii.ts";
import type { Dialect, ReplyDecoder } from "../contract.ts";
import type { ServerRelease } from "../facts.ts";
import { DEFAULT_USER } from "../users.ts";
import type { Databases } from "./databases.ts";
import { toBinary } from "./local/resp_writer.ts";
import { isErrorReply, RespReplyDecoder } from "./resp_reply.ts";

/** The place of RESP2 with the pool's own database in a codec's list of dialects. */
export const RESP2_DIALECT = 0;
/** The place of RESP3 with the pool's own database in a codec's list of dialects. */
export const RESP3_DIALECT = 1;

/** What connections to servers begin with. */
export interface Login {
  /** The user that servers are told; null means that they are told only the password. */
  readonly user: string | null;
  /** The password that the servers want, or null. */
  readonly password: Uint8Array | null;
  /** The databases of the pool. */
  readonly databases: Databases;
}

interface Step {
  readonly name: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** What a server says that does not have a database, or does not let us select it. */
const SELECT_REFUSED = /^-(ERR (invalid )?DB index|NOPERM)/;

abstract class Resp implements Dialect {
  readonly name: string;
  readonly greeting: Uint8Array<ArrayBuffer>;
  readonly greetingSteps: readonly string[];
  readonly probe = request(encode("PING"));

  /** Whether its database is one of those that are only for clients who select it. */
  readonly #isOther: boolean;

  constructor(name: string, logins: readonly Step[], { databases }: Login, db: number) {
    this.#isOther = db !== databases.own;
    this.name = this.#isOther ? `${name}, database ${db}` : name;
    const select = db === 0
      ? []
      : [{ name: `SELECT ${db}`, bytes: request(encode("SELECT"), encode(`${db}`)) }];
    const steps = [...logins, ...select];
    this.greeting = concat(steps.map(({ bytes }) => bytes));
    this.greetingSteps = steps.map(({ name }) => name);
  }

  newReplyDecoder(): ReplyDecoder {
    return new RespReplyDecoder();
  }

  isGood(bytes: Uint8Array, start: number): boolean {
    return !isErrorReply(bytes, start);
  }

  /** A server without one of the other databases is in order; without the pool's own it is of no use. */
  isUnspoken(bytes: Uint8Array, start: number, end: number): boolean {
    return this.#isOther && SELECT_REFUSED.test(toBinary(bytes, start, end));
  }
}

/** AUTH first, then SELECT, as each needs the one before it. */
class Resp2 extends Resp {
  constructor(login: Login, db: number) {
    const { user, password } = login;
    const words = [encode("AUTH"), ...(user === null ? [] : [encode(user)])];
    const steps = password === null ? [] : [{ name: "AUTH", bytes: request(...words, password) }];
    super("RESP2", steps, login, db);
  }
}

/** The first line of what a server says that does not know `HELLO`, does not let us use it, or has no RESP3. */
const HELLO_REFUSED = /^-(ERR unknown command|NOPERM|NOPROTO)/;
/** In the reply to `HELLO`: the server's product and version, which come one after the other. */
const HELLO_SERVER = /\$6\r\nserver\r\n\$\d+\r\n([\w.-]{1,32})\r\n\$7\r\nversion\r\n\$\d+\r\n([0-9.]+)\r\n/;
/** In the same reply, once for each module: its name and its version. */
const HELLO_MODULE = /\$4\r\nname\r\n\$\d+\r\n([\w.-]{1,32})\r\n\$3\r\nver\r\n:(\d{1,15})\r\n/g;

class Resp3 extends Resp {
  constructor(login: Login, db: number) {
    const { user, password } = login;
    const words: Uint8Array[] = ["HELLO", "3"].map(encode);
    if (password !== null) words.push(encode("AUTH"), encode(user ?? DEFAULT_USER), password);
    super("RESP3", [{ name: "HELLO 3", bytes: request(...words) }], login, db);
  }

  override isUnspoken(bytes: Uint8Array, start: number, end: number): boolean {
    return HELLO_REFUSED.test(toBinary(bytes, start, end)) || super.isUnspoken(bytes, start, end);
  }

  releaseOf(bytes: Uint8Array, start: number, end: number): ServerRelease | null {
    const text = toBinary(bytes, start, end);
    const found = HELLO_SERVER.exec(text);
    if (found === null) return null;
    const [, product, version] = found;
    const modules = [...text.matchAll(HELLO_MODULE)].map(([, name, ver]) => ({ name, version: Number(ver) }));
    return { product: product.toLowerCase(), version, modules };
  }
}

/**
 * Makes the dialects of a pool.
 *
 * @param login What connections to servers begin with.
 * @returns The dialects, each at its place.
 */
export function makeDialects(login: Login): readonly Dialect[] {
  return login.databases.all().flatMap((db) => [new Resp2(login, db), new Resp3(login, db)]);
}

function request(...words: Uint8Array[]): Uint8Array<ArrayBuffer> {
  const parts = words.flatMap((word) => [encode(`$${word.length}\r\n`), word, encode("\r\n")]);
  return concat([encode(`*${words.length}\r\n`), ...parts]);
}
