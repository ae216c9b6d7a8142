/**
 * A client as a line of `CLIENT LIST`.
 *
 * @module
 */

import type { ClientFacts } from "../../facts.ts";
import type { RedisSession } from "../session.ts";
import { typeOf, userOf } from "./client_query.ts";

/**
 * Writes a client's line: all of redis 7.2's fields in their order, because libraries rely on every one of them; 0 or -1
 * is what has no meaning here.
 *
 * @param client The client.
 * @param session What its protocol knows of it; undefined if nothing.
 * @returns The line with its end, one character per byte.
 */
export function clientLine(client: ClientFacts, session: RedisSession | undefined): string {
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

/**
 * Puts lines in the order in which the clients came.
 *
 * @param lines Some lines, one behind the other.
 * @returns The same lines.
 */
export function sortLines(lines: string): string {
  const numberOf = (line: string): number => Number(line.slice("id=".length, line.indexOf(" ")));
  return lines.split("\n").slice(0, -1)
    .map((line) => ({ line, number: numberOf(line) }))
    .sort((a, b) => a.number - b.number)
    .map(({ line }) => `${line}\n`).join("");
}
