/**
 * What people are told of a request that went to a server.
 *
 * @module
 */

import { CR, decode, LF, SPACE } from "../../../base/ascii.ts";
import type { RequestDescription } from "../../contract.ts";
import { lookupVerb } from "../verbs.ts";

/**
 * Reads the verb and the first key of a line.
 *
 * @param head The first bytes of the request.
 * @returns The verb, and where its key is; null if it does not begin with a verb.
 */
export function describeLine(head: Uint8Array): RequestDescription | null {
  let start = 0;
  while (head[start] === SPACE) start++;
  const end = wordEnd(head, start);
  const verb = lookupVerb(head, start, end);
  if (verb === null) return null;
  const command = decode(head, start, end);
  let keyStart = 0;
  let keyEnd = 0;
  for (let word = 0, at = end; word < verb.keyWord; word++) {
    keyStart = at;
    while (head[keyStart] === SPACE) keyStart++;
    keyEnd = at = wordEnd(head, keyStart);
  }
  return { command, keyStart, keyEnd };
}

function wordEnd(bytes: Uint8Array, start: number): number {
  let end = start;
  while (end < bytes.length && bytes[end] !== SPACE && bytes[end] !== CR && bytes[end] !== LF) end++;
  return end;
}
