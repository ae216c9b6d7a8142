/**
 * Which clients `CLIENT LIST` and `CLIENT KILL` are about: conditions that all have to hold. They are data, because the
 * clients of other event loops are asked about in their words, too.
 *
 * @module
 */

import type { ClientFacts, PoolFacts } from "../../facts.ts";
import { DEFAULT_USER } from "../../users.ts";
import { SYNTAX } from "../replies.ts";
import type { RedisSession } from "../session.ts";
import type { LocalCall } from "./local_call.ts";
import { errorLine } from "./resp_writer.ts";

const BAD_ID = errorLine("ERR Invalid client ID");
const ID_NOT_POSITIVE = errorLine("ERR client-id should be greater than 0");
const BAD_AGE = errorLine("ERR maxage is not an integer or out of range");
const AGE_NOT_POSITIVE = errorLine("ERR maxage should be greater than 0");
/** The types of clients that redis knows. */
const TYPES = ["NORMAL", "MASTER", "REPLICA", "SLAVE", "PUBSUB"];

/** One condition. Numbers of clients are those that `CLIENT ID` tells. */
export type Condition =
  | { readonly of: "numbers"; readonly are: readonly number[] }
  | { readonly of: "others"; readonly than: number }
  | { readonly of: "address" | "ownAddress" | "type" | "user"; readonly is: string }
  | { readonly of: "ageSeconds"; readonly from: number };

/** Tells whether a client is meant. */
export type Chosen = (client: ClientFacts, session: RedisSession | undefined) => boolean;

/**
 * Reads `CLIENT LIST [ID id ...|TYPE type]`.
 *
 * @param call The request.
 * @returns The conditions, or an error reply.
 */
export function readList(call: LocalCall): Condition[] | Uint8Array<ArrayBuffer> {
  const { argc } = call;
  if (argc === 2) return [];
  if (argc >= 4 && call.word(2) === "ID") {
    const are: number[] = [];
    for (let at = 3; at < argc; at++) are.push(call.integer(at));
    return are.includes(NaN) ? BAD_ID : [{ of: "numbers", are }];
  }
  if (argc !== 4 || call.word(2) !== "TYPE") return SYNTAX;
  return readType(call, 3);
}

/**
 * Reads `CLIENT KILL addr` and `CLIENT KILL option value ...`.
 *
 * @param call The request.
 * @returns The conditions, or an error reply.
 */
export function readKill(call: LocalCall): Condition[] | Uint8Array<ArrayBuffer> {
  const { session, argc } = call;
  if (argc === 3) return [{ of: "address", is: call.text(2) }];
  if (argc % 2 !== 0) return SYNTAX;
  const conditions: Condition[] = [];
  let skipsMe = true;
  for (let at = 2; at < argc; at += 2) {
    if (call.word(at) === "SKIPME") {
      if (!/^(YES|NO)$/.test(call.word(at + 1))) return SYNTAX;
      skipsMe = call.word(at + 1) === "YES";
      continue;
    }
    const read = readOption(call, at);
    if (read instanceof Uint8Array) return read;
    conditions.push(...read);
  }
  if (skipsMe) conditions.push({ of: "others", than: session.clientNumber });
  return conditions;
}

/** Reads an option of `CLIENT KILL` and the value behind it. */
function readOption(call: LocalCall, at: number): Condition[] | Uint8Array<ArrayBuffer> {
  const is = call.text(at + 1);
  switch (call.word(at)) {
    case "ID": {
      const number = call.integer(at + 1);
      return number >= 1 ? [{ of: "numbers", are: [number] }] : ID_NOT_POSITIVE;
    }
    case "ADDR":
      return [{ of: "address", is }];
    case "LADDR":
      return [{ of: "ownAddress", is }];
    case "TYPE":
      return readType(call, at + 1);
    case "USER":
      return isUser(call.session, is) ? [{ of: "user", is }] : errorLine(`ERR No such user '${is}'`);
    case "MAXAGE": {
      const from = call.integer(at + 1);
      if (Number.isNaN(from)) return BAD_AGE;
      return from >= 1 ? [{ of: "ageSeconds", from }] : AGE_NOT_POSITIVE;
    }
  }
  return SYNTAX;
}

function readType(call: LocalCall, at: number): Condition[] | Uint8Array<ArrayBuffer> {
  const is = call.word(at);
  return TYPES.includes(is) ? [{ of: "type", is }] : errorLine(`ERR Unknown client type '${call.text(at)}'`);
}

function isUser({ users }: RedisSession, name: string): boolean {
  return users === null ? name === DEFAULT_USER : users.find(name) !== null;
}

/**
 * Makes one question of several conditions.
 *
 * @param conditions All of them have to hold.
 * @param pool The pool whose clients are meant.
 * @returns Tells whether a client is meant.
 */
export function choose(conditions: readonly Condition[], pool: PoolFacts): Chosen {
  const all = conditions.map((condition) => chosenBy(condition, pool));
  return (client, session) => all.every((chosen) => chosen(client, session));
}

function chosenBy(condition: Condition, pool: PoolFacts): Chosen {
  switch (condition.of) {
    case "numbers": {
      const numbers = new Set(condition.are);
      return ({ id }) => numbers.has(id + 1);
    }
    case "others":
      return ({ id }) => id + 1 !== condition.than;
    case "address":
      return ({ peer }) => peer === condition.is;
    case "ownAddress":
      return () => pool.address === condition.is;
    case "type":
      return (_, session) => typeOf(session) === condition.is;
    case "user":
      return (_, session) => userOf(session) === condition.is;
    case "ageSeconds":
      return ({ ageMs }) => Math.floor(ageMs / 1000) >= condition.from;
  }
}

/**
 * Which user a client is. Redis takes clients that have not logged in for its default user.
 *
 * @param session What is known of it.
 * @returns The user's name.
 */
export function userOf(session: RedisSession | undefined): string {
  return session?.user?.name ?? DEFAULT_USER;
}

/**
 * Which of redis' types a client is of.
 *
 * @param session What is known of it.
 * @returns The type in upper case.
 */
export function typeOf(session: RedisSession | undefined): string {
  return session?.listening?.isActive ? "PUBSUB" : "NORMAL";
}
