/**
 * `CLIENT SETNAME`, `GETNAME` and `SETINFO`: what a client says of itself.
 *
 * @module
 */

import { nilOf, OK } from "../replies.ts";
import type { LocalCall } from "./local_call.ts";
import { errorLine } from "./resp_writer.ts";

/** What redis says to a client's name with a byte that would break a line of `CLIENT LIST`. */
export const BAD_NAME: Uint8Array<ArrayBuffer> = errorLine(
  "ERR Client names cannot contain spaces, newlines or special characters.",
);

/** How long a name may be, in bytes: every client's is kept, and shown to all. Redis has no limit. */
const NAME_BYTES_MAX = 512;

/**
 * Whether a text may be a client's name: printable ASCII without spaces, and not too long.
 *
 * @param text The text.
 * @returns True also for the empty text, which takes a name away.
 */
export function isName(text: string): boolean {
  return text.length <= NAME_BYTES_MAX && /^[!-~]*$/.test(text);
}

/**
 * Answers `CLIENT SETNAME name`.
 *
 * @param call The request.
 * @returns The reply.
 */
export function clientSetname(call: LocalCall): Uint8Array<ArrayBuffer> {
  const name = call.text(2);
  if (!isName(name)) return BAD_NAME;
  call.session.name = name;
  return OK;
}

/**
 * Answers `CLIENT GETNAME`.
 *
 * @param call The request.
 * @returns The reply.
 */
export function clientGetname(call: LocalCall): Uint8Array<ArrayBuffer> {
  const { name, version } = call.session;
  return name === "" ? nilOf(version) : call.reply().bulk(name).take();
}

/**
 * Answers `CLIENT SETINFO LIB-NAME|LIB-VER text`, in the words of redis 7.2, which has brought it.
 *
 * @param call The request.
 * @returns The reply.
 */
export function clientSetinfo(call: LocalCall): Uint8Array<ArrayBuffer> {
  const option = call.word(2);
  if (option !== "LIB-NAME" && option !== "LIB-VER") {
    return errorLine(`ERR Unrecognized option '${call.text(2)}'`);
  }
  const text = call.text(3);
  if (!isName(text)) {
    return errorLine(`ERR ${option.toLowerCase()} cannot contain spaces, newlines or special characters.`);
  }
  if (option === "LIB-NAME") call.session.libName = text;
  else call.session.libVersion = text;
  return OK;
}
