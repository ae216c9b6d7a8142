/**
 * `CLIENT LIST`, `CLIENT INFO` and `CLIENT KILL`: the clients of the pool.
 *
 * @module
 */

import type { ClientFacts } from "../../facts.ts";
import { DEFAULT_USER } from "../../users.ts";
import { OK, SYNTAX } from "../replies.ts";
import type { RedisSession } from "../session.ts";
import type { LocalCall } from "./local_call.ts";
import { errorLine } from "./resp_writer.ts";

const NO_SUCH_CLIENT = errorLine("ERR No such client");
const BAD_ID = errorLine("ERR Invalid client ID");
const ID_NOT_POSITIVE = errorLine("ERR client-id should be greater than 0");
/** The types of clients that redis knows. */
const TYPES = ["NORMAL", "MASTER", "REPLICA", "SLAVE", "PUBSUB"];

/**
 * Answers `CLIENT INFO`.
 *
 * @param call The request.
 * @returns The line of the client itself.
 */
export function clientInfo(call: LocalCall): Uint8Array<ArrayBuffer> {
  return call.reply().verbatim(describe(call.session.client, call.session)).take();
}

/**
 * Answers `CLIENT LIST [ID id ...|TYPE type]`.
 *
 * @param call The request.
 * @returns A line for each client of the pool that was asked for.
 */
export function clientList(call: LocalCall): Uint8Array<ArrayBuffer> {
  const { session, argc } = call;
  let chosen: (client: ClientFacts) => boolean = () => true;
  if (argc >= 4 && call.word(2) === "ID") {
    const ids = new Set<number>();
    for (let at = 3; at < argc; at++) ids.add(call.integer(at));
    if (ids.has(NaN)) return BAD_ID;
    chosen = (client) => ids.has(client.id + 1);
  } else if (argc === 4 && call.word(2) === "TYPE") {
    const type = call.word(3);
    if (!TYPES.includes(type)) return unknownType(call, 3);
    chosen = (client) => typeOf(session.peers.get(client)) === type;
  } else if (argc !== 2) return SYNTAX;
  let lines = "";
  for (const client of session.pool.clients()) {
    if (chosen(client)) lines += describe(client, session.peers.get(client));
  }
  return call.reply().verbatim(lines).take();
}

/**
 * Answers `CLIENT KILL addr` and `CLIENT KILL option value ...`. Clients of other pools are not to be seen.
 *
 * @param call The request.
 * @returns OK, or how many clients were closed.
 */
export function clientKill(call: LocalCall): Uint8Array<ArrayBuffer> {
  if (call.argc === 3) {
    const address = call.text(2);
    return kill(call, (client) => client.peer === address) > 0 ? OK : NO_SUCH_CLIENT;
  }
  const filters = readFilters(call);
  if (filters instanceof Uint8Array) return filters;
  return call.reply().integer(kill(call, (client) => filters.every((fits) => fits(client)))).take();
}

type Filter = (client: ClientFacts) => boolean;

/** Reads pairs of an option and its value; returns an error reply if one is wrong. */
function readFilters(call: LocalCall): Filter[] | Uint8Array<ArrayBuffer> {
  const { session, argc } = call;
  if (argc % 2 !== 0) return SYNTAX;
  const filters: Filter[] = [];
  let skipsMe = true;
  for (let at = 2; at < argc; at += 2) {
    const value = call.text(at + 1);
    switch (call.word(at)) {
      case "ID": {
        const id = call.integer(at + 1);
        if (!(id >= 1)) return ID_NOT_POSITIVE;
        filters.push((client) => client.id + 1 === id);
        break;
      }
      case "ADDR":
        filters.push((client) => client.peer === value);
        break;
      case "LADDR":
        filters.push(() => session.pool.address === value);
        break;
      case "TYPE": {
        const type = call.word(at + 1);
        if (!TYPES.includes(type)) return unknownType(call, at + 1);
        filters.push((client) => typeOf(session.peers.get(client)) === type);
        break;
      }
      case "USER":
        if (!isUser(session, value)) return errorLine(`ERR No such user '${value}'`);
        filters.push((client) => userOf(session.peers.get(client)) === value);
        break;
      case "SKIPME":
        if (!/^(yes|no)$/i.test(value)) return SYNTAX;
        skipsMe = value.toLowerCase() === "yes";
        break;
      default:
        return SYNTAX;
    }
  }
  if (skipsMe) filters.push((client) => client !== session.client);
  return filters;
}

function isUser({ users }: RedisSession, name: string): boolean {
  return users === null ? name === DEFAULT_USER : users.find(name) !== null;
}

/** Redis takes clients that have not logged in for its default user. */
function userOf(session: RedisSession | undefined): string {
  return session?.user?.name ?? DEFAULT_USER;
}

/** Closes clients; the one who asks is closed when it has its reply. */
function kill(call: LocalCall, chosen: Filter): number {
  const { session } = call;
  const victims = [...session.pool.clients()].filter(chosen);
  for (const client of victims) {
    if (client === session.client) session.closing = true;
    else client.close("another client killed it");
  }
  return victims.length;
}

/** Which of redis' types a client is of. */
function typeOf(session: RedisSession | undefined): string {
  return session?.listening?.isActive ? "PUBSUB" : "NORMAL";
}

function unknownType(call: LocalCall, index: number): Uint8Array<ArrayBuffer> {
  return errorLine(`ERR Unknown client type '${call.text(index)}'`);
}

/**
 * A client's line: all of redis 7.2's fields in their order, because libraries rely on every one of them; 0 or -1 is what has
 * no meaning here.
 */
function describe(client: ClientFacts, session: RedisSession | undefined): string {
  const [age, idle] = [client.ageMs, client.idleMs].map((ms) => Math.floor(ms / 1000));
  const multi = session?.transaction?.isOpen ? session.transaction.queuedCount : -1;
  const flags = (typeOf(session) === "PUBSUB" ? "P" : "") + (multi >= 0 ? "x" : "");
  const [sub, psub, ssub] = session?.listening?.counts ?? [0, 0, 0];
  const fields = [
    `id=${client.id + 1}`,
    `addr=${client.peer}`,
    `laddr=${session?.pool.address ?? ""}`,
    `fd=-1 name=${session?.name ?? ""}`,
    `age=${age} idle=${idle} flags=${flags || "N"} db=${session?.db ?? 0}`,
    `sub=${sub} psub=${psub} ssub=${ssub} multi=${multi}`,
    "qbuf=0 qbuf-free=0 argv-mem=0 multi-mem=0 rbs=0 rbp=0",
    `obl=0 oll=${client.inFlight} omem=${client.unsentBytes} tot-mem=${client.unsentBytes} events=r`,
    `cmd=${session?.commandName() ?? "NULL"} user=${userOf(session)} redir=-1 resp=${session?.version ?? 2}`,
    `lib-name=${session?.libName ?? ""} lib-ver=${session?.libVersion ?? ""}`,
  ];
  return `${fields.join(" ")}\n`;
}
