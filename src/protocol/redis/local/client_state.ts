/**
 * What `CLIENT` says and changes of the connection that it comes over: `CAPA`, `ID`, `REPLY`, `NO-EVICT`, `NO-TOUCH`, `HELP`;
 * and whom it is: `ACL WHOAMI`.
 *
 * @module
 */

import { DEFAULT_USER } from "../../users.ts";
import { NOTHING, OK, SYNTAX } from "../replies.ts";
import type { LocalCall } from "./local_call.ts";

/**
 * Answers `CLIENT ID`.
 *
 * @param call The request.
 * @returns The client's number, from 1.
 */
export function clientId(call: LocalCall): Uint8Array<ArrayBuffer> {
  return call.reply().integer(call.session.clientNumber).take();
}

/**
 * Answers `CLIENT GETREDIR`: nobody is sent invalidations.
 *
 * @param call The request.
 * @returns -1, as redis says to a client that does not track keys.
 */
export function clientGetredir(call: LocalCall): Uint8Array<ArrayBuffer> {
  return call.reply().integer(-1).take();
}

/**
 * Answers `CLIENT REPLY ON|OFF|SKIP`.
 *
 * @param call The request.
 * @returns The reply; nothing for OFF and SKIP, which begin with this request.
 */
export function clientReply(call: LocalCall): Uint8Array<ArrayBuffer> {
  const { session } = call;
  switch (call.word(2)) {
    case "ON":
      session.replyMode = "on";
      return OK;
    case "OFF":
      session.replyMode = "off";
      return NOTHING;
    case "SKIP":
      // With OFF there is nothing to skip.
      if (session.replyMode !== "off") session.replyMode = "skip next";
      return NOTHING;
    default:
      return SYNTAX;
  }
}

/**
 * Answers `CLIENT NO-EVICT` and `CLIENT NO-TOUCH`, which clients send to be polite to others: the proxy evicts nobody, and
 * whether its shared connections touch keys is not one client's to say.
 *
 * @param call The request.
 * @returns The reply.
 */
export function clientSwitch(call: LocalCall): Uint8Array<ArrayBuffer> {
  const word = call.word(2);
  return word === "ON" || word === "OFF" ? OK : SYNTAX;
}

/**
 * Answers `CLIENT CAPA capability ...`, by which clients tell valkey what they can be asked for, such as to go to another
 * server: the proxy asks them for nothing of the kind.
 *
 * @returns `+OK`, whichever capabilities they are, as valkey does.
 */
export function clientCapa(): Uint8Array<ArrayBuffer> {
  return OK;
}

/**
 * Answers `ACL WHOAMI`.
 *
 * @param call The request.
 * @returns The name of the user that the client is.
 */
export function aclWhoami(call: LocalCall): Uint8Array<ArrayBuffer> {
  return call.reply().bulk(call.session.user?.name ?? DEFAULT_USER).take();
}

const HELP = [
  "CLIENT <subcommand> [<arg> [value] [opt] ...]. Subcommands are:",
  "CAPA <capability> [<capability> ...]",
  "    Accepted, and without effect.",
  "GETNAME",
  "    Return the name of the current connection.",
  "GETREDIR",
  "    Return -1: the proxy does not track keys.",
  "ID",
  "    Return the ID of the current connection.",
  "INFO",
  "    Return information about the current client connection.",
  "KILL <ip:port>",
  "    Kill the connection made from <ip:port>.",
  "KILL <option> <value> [<option> <value> [...]]",
  "    Kill connections of this pool. Options are ADDR, LADDR, TYPE, USER, ID, MAXAGE, SKIPME.",
  "LIST [ID <id> [<id> ...]|TYPE (NORMAL|MASTER|REPLICA|PUBSUB)]",
  "    Return information about client connections of this pool.",
  "NO-EVICT (ON|OFF), NO-TOUCH (ON|OFF)",
  "    Accepted, and without effect.",
  "REPLY (ON|OFF|SKIP)",
  "    Control the replies sent to the current connection.",
  "SETINFO (LIB-NAME|LIB-VER) <value>",
  "    Set the client library's name or version of the current connection.",
  "SETNAME <name>",
  "    Assign the name <name> to the current connection.",
  "HELP",
  "    Print this help.",
];

/**
 * Answers `CLIENT HELP`.
 *
 * @param call The request.
 * @returns The lines.
 */
export function clientHelp(call: LocalCall): Uint8Array<ArrayBuffer> {
  const reply = call.reply().array(HELP.length);
  for (const line of HELP) reply.simple(line);
  return reply.take();
}
