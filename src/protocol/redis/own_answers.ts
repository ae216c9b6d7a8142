/**
 * What becomes of the commands of a transaction that its server does not carry out, when EXEC comes.
 *
 * @module
 */

import { concat, encode } from "../../base/ascii.ts";
import { assert } from "../../base/assert.ts";
import type { Sequel } from "../private.ts";
import { resolveCommand } from "./command_lookup.ts";
import { NOTHING } from "./replies.ts";
import { parseRequest, RespRequest } from "./resp_request.ts";
import type { RedisSession } from "./session.ts";
import type { Transaction } from "./transaction.ts";

/** Where no number follows, the note ends: what keeps it may be longer. */
const NOTE_END = encode(".");

/**
 * Answers what the proxy answers itself, and notes where the answers go in the reply to EXEC. An empty one stands for the reply
 * to a publication, which is sent to the server of its channel.
 *
 * @param session Whose transaction it is.
 * @param transaction The transaction; it has the note and the publications after that, if there are any.
 */
export function answerOwn(session: RedisSession, transaction: Transaction): void {
  if (transaction.own.length === 0) return;
  const parts: Uint8Array[] = [];
  const sequel: Sequel[] = [];
  for (const { place, request } of transaction.own) {
    const parsed = new RespRequest();
    parseRequest(parsed, request, 0, request.length);
    const { argc, args } = parsed;
    const command = resolveCommand(argc, args, request, 0, session.table);
    const isPublished = command.row.names !== undefined;
    if (isPublished) sequel.push({ frame: request, keyStart: args[2], keyEnd: args[3] });
    const answer = isPublished ? NOTHING : session.answer(command, argc, args, request, 0);
    assert(answer instanceof Uint8Array, "what takes other event loops is not queued");
    parts.push(encode(`${place} ${answer.length}\r\n`), answer);
  }
  transaction.note = concat([...parts, NOTE_END]);
  transaction.sequel = sequel;
}
