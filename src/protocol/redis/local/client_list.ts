/**
 * `CLIENT LIST`, `CLIENT INFO` and `CLIENT KILL`: the clients of the pool, on all event loops of the process.
 *
 * @module
 */

import type { ClientFacts, PoolFacts } from "../../facts.ts";
import type { Consultation } from "../../peers.ts";
import { OK } from "../replies.ts";
import type { RedisSession } from "../session.ts";
import { clientLine, sortLines } from "./client_line.ts";
import { choose, type Condition, readKill, readList } from "./client_query.ts";
import type { LocalCall, LocalReply } from "./local_call.ts";
import { errorLine } from "./resp_writer.ts";

const NO_SUCH_CLIENT = errorLine("ERR No such client");
/** Why a client is closed, for the log. */
const KILLED = "another client killed it";

/** What another event loop is asked, as JSON; it answers `list` with lines, and `kill` with how many there were. */
interface Question {
  readonly act: "list" | "kill";
  readonly conditions: readonly Condition[];
}

/** Finds what is known of a client. */
export type Sessions = WeakMap<ClientFacts, RedisSession>;

/**
 * Answers `CLIENT INFO`.
 *
 * @param call The request.
 * @returns The line of the client itself.
 */
export function clientInfo(call: LocalCall): Uint8Array<ArrayBuffer> {
  return call.reply().verbatim(clientLine(call.session.client, call.session)).take();
}

/**
 * Answers `CLIENT LIST [ID id ...|TYPE type]`.
 *
 * @param call The request.
 * @returns A line for each client of the pool that was asked for.
 */
export function clientList(call: LocalCall): LocalReply {
  const { pool, peers } = call.session;
  const conditions = readList(call);
  if (conditions instanceof Uint8Array) return conditions;
  const own = listed(conditions, pool, peers);
  const reply = call.reply();
  if (pool.peers === null) return reply.verbatim(own).take();
  return consultation(
    { act: "list", conditions },
    (answers) => reply.verbatim(sortLines(own + answers.join(""))).take(),
  );
}

/**
 * Answers `CLIENT KILL addr` and `CLIENT KILL option value ...`. Clients of other pools are not to be seen.
 *
 * @param call The request.
 * @returns OK, or how many clients were closed.
 */
export function clientKill(call: LocalCall): LocalReply {
  const { pool, peers, client } = call.session;
  const conditions = readKill(call);
  if (conditions instanceof Uint8Array) return conditions;
  const victims = chosen(conditions, pool, peers);
  for (const victim of victims) {
    // The one who asks is closed when it has its reply.
    if (victim === client) call.session.closing = true;
    else victim.close(KILLED);
  }
  const isOldForm = call.argc === 3;
  const reply = call.reply();
  const conclude = (killed: number): Uint8Array<ArrayBuffer> => {
    if (!isOldForm) return reply.integer(killed).take();
    return killed > 0 ? OK : NO_SUCH_CLIENT;
  };
  if (pool.peers === null) return conclude(victims.length);
  return consultation(
    { act: "kill", conditions },
    (answers) => conclude(answers.reduce((sum, count) => sum + Number(count), victims.length)),
  );
}

/**
 * Does for a client of another event loop what it has asked for.
 *
 * @param question What {@link clientList} or {@link clientKill} has asked.
 * @param pool The pool.
 * @param sessions Finds what is known of its clients.
 * @returns The answer that they expect.
 */
export function answerPeer(question: string, pool: PoolFacts, sessions: Sessions): string {
  const { act, conditions } = JSON.parse(question) as Question;
  if (act === "list") return listed(conditions, pool, sessions);
  const victims = chosen(conditions, pool, sessions);
  for (const victim of victims) victim.close(KILLED);
  return `${victims.length}`;
}

function consultation(question: Question, conclude: Consultation["conclude"]): Consultation {
  return { question: JSON.stringify(question), conclude };
}

function listed(conditions: readonly Condition[], pool: PoolFacts, sessions: Sessions): string {
  return chosen(conditions, pool, sessions).map((client) => clientLine(client, sessions.get(client))).join(
    "",
  );
}

function chosen(conditions: readonly Condition[], pool: PoolFacts, sessions: Sessions): ClientFacts[] {
  const isMeant = choose(conditions, pool);
  return [...pool.clients()].filter((client) => isMeant(client, sessions.get(client)));
}
