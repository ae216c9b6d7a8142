/**
 * How a redis server is spoken to: in RESP2, which all know, or in RESP3, for clients that asked for it. Replies are passed
 * on as they are, so a client's protocol has to be that of the connections which carry its requests.
 *
 * @module
 */

import { concat, encode } from "../../base/ascii.ts";
import type { Dialect, ReplyDecoder } from "../contract.ts";
import { toBinary } from "./local/resp_writer.ts";
import { isErrorReply, RespReplyDecoder } from "./resp_reply.ts";

/** The place of RESP2 in a codec's list of dialects. */
export const RESP2_DIALECT = 0;
/** The place of RESP3 in a codec's list of dialects. */
export const RESP3_DIALECT = 1;

/** What connections to servers begin with. */
export interface Login {
  /** The password that the servers want, or null. */
  readonly password: Uint8Array | null;
  /** The database that is selected. */
  readonly db: number;
}

abstract class Resp implements Dialect {
  abstract readonly name: string;
  readonly greeting: Uint8Array<ArrayBuffer>;
  readonly greetingSteps: readonly string[];
  readonly probe = request(encode("PING"));

  constructor(logins: readonly Step[], { db }: Login) {
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
}

interface Step {
  readonly name: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** AUTH first, then SELECT, as each needs the one before it. */
class Resp2 extends Resp {
  readonly name = "RESP2";

  constructor(login: Login) {
    const { password } = login;
    super(password === null ? [] : [{ name: "AUTH", bytes: request(encode("AUTH"), password) }], login);
  }
}

/** The first line of what a server says that does not know `HELLO`, does not let us use it, or has no RESP3. */
const HELLO_REFUSED = /^-(ERR unknown command|NOPERM|NOPROTO)/;
/** In the reply to `HELLO`: the server's version. */
const HELLO_VERSION = /\$7\r\nversion\r\n\$\d+\r\n([0-9.]+)\r\n/;
/** The version is among the first entries, in front of the modules. */
const HELLO_HEAD_BYTES = 256;

class Resp3 extends Resp {
  readonly name = "RESP3";

  constructor(login: Login) {
    const { password } = login;
    const words: Uint8Array[] = ["HELLO", "3"].map(encode);
    if (password !== null) words.push(encode("AUTH"), encode("default"), password);
    super([{ name: "HELLO 3", bytes: request(...words) }], login);
  }

  isUnspoken(bytes: Uint8Array, start: number, end: number): boolean {
    return HELLO_REFUSED.test(toBinary(bytes, start, end));
  }

  versionOf(bytes: Uint8Array, start: number, end: number): string | null {
    const head = toBinary(bytes, start, Math.min(end, start + HELLO_HEAD_BYTES));
    return HELLO_VERSION.exec(head)?.[1] ?? null;
  }
}

/**
 * Makes the dialects of a pool.
 *
 * @param login What connections to servers begin with.
 * @returns The dialects, each at its place.
 */
export function makeDialects(login: Login): readonly Dialect[] {
  return [new Resp2(login), new Resp3(login)];
}

function request(...words: Uint8Array[]): Uint8Array<ArrayBuffer> {
  const parts = words.flatMap((word) => [encode(`$${word.length}\r\n`), word, encode("\r\n")]);
  return concat([encode(`*${words.length}\r\n`), ...parts]);
}
