/**
 * `HELLO`, by which a client chooses its protocol, and `RESET`, which takes back what it chose.
 *
 * @module
 */

import { WRONGPASS } from "../replies.ts";
import { BAD_NAME, isName } from "./client_name.ts";
import type { LocalCall } from "./local_call.ts";
import { errorLine, type RespVersion } from "./resp_writer.ts";
import { poolRelease } from "./release.ts";

const NOT_A_VERSION = errorLine("ERR Protocol version is not an integer or out of range");
const NOPROTO = errorLine("NOPROTO unsupported protocol version");
/** What it listens to comes in the protocol in which it was asked for. */
const LISTENING = errorLine("ERR unsubscribe before you change the protocol");
const NOAUTH_HELLO = errorLine(
  "NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO <proto> AUTH <user> <pass> " +
    "option can be used to authenticate the client and select the RESP protocol version at the same time",
);

/**
 * Answers `HELLO [2|3 [AUTH user password] [SETNAME name]]` as redis 8 does: nothing holds if one option is wrong. If a server does not speak RESP3, who asks
 * for that is told what such a server says, from which clients know that they have to go on in RESP2.
 *
 * @param call The request.
 * @returns The reply, in the protocol that was chosen.
 */
export function hello(call: LocalCall): Uint8Array<ArrayBuffer> {
  const { session, argc } = call;
  const version = argc > 1 ? call.integer(1) : session.version;
  if (Number.isNaN(version)) return NOT_A_VERSION;
  if (version !== 2 && version !== 3) return NOPROTO;
  if (version !== session.version && session.listening?.isActive) return LISTENING;
  if (version === 3) {
    const dialect = session.databases.dialectOf(session.databases.own, version);
    if (!session.pool.speaks(dialect)) return call.unknown();
    session.pool.prepare(dialect);
  }
  const options = readOptions(call);
  if (options instanceof Uint8Array) return options;
  const { userAt, name } = options;
  if (userAt > 0 && !call.login(userAt, userAt + 1)) return WRONGPASS;
  if (!session.authenticated) return NOAUTH_HELLO;
  if (name !== null) session.name = name;
  session.version = version;
  return greet(call, version);
}

interface HelloOptions {
  /** Which argument is the user's name, with the password behind it; 0 for none. */
  readonly userAt: number;
  /** What the client wants to be called; null if it does not say. */
  readonly name: string | null;
}

/** Reads AUTH and SETNAME in whatever order; returns an error reply if something is wrong. */
function readOptions(call: LocalCall): HelloOptions | Uint8Array<ArrayBuffer> {
  let userAt = 0;
  let name: string | null = null;
  for (let at = 2; at < call.argc;) {
    const [option, left] = [call.word(at), call.argc - at - 1];
    if (option === "AUTH" && left >= 2) {
      userAt = at + 1;
      at += 3;
    } else if (option === "SETNAME" && left >= 1) {
      name = call.text(at + 1);
      if (!isName(name)) return BAD_NAME;
      at += 2;
    } else return errorLine(`ERR Syntax error in HELLO option '${call.text(at)}'`);
  }
  return { userAt, name };
}

function greet(call: LocalCall, version: RespVersion): Uint8Array<ArrayBuffer> {
  const { session } = call;
  const { product, version: ofServers, modules } = poolRelease(session.pool);
  const reply = call.reply().map(7)
    .bulk("server").bulk(product)
    .bulk("version").bulk(ofServers)
    .bulk("proto").integer(version)
    .bulk("id").integer(session.clientNumber)
    .bulk("mode").bulk("standalone")
    .bulk("role").bulk("master")
    .bulk("modules").array(modules.length);
  for (const { name, version: ofModule } of modules) {
    // Where a module's file is, and with which arguments it was loaded, is each server's own.
    reply.map(4).bulk("name").bulk(name).bulk("ver").integer(ofModule).bulk("path").bulk("").bulk("args")
      .array(0);
  }
  return reply.take();
}

/**
 * Answers `RESET`: the client is as if it had just come.
 *
 * @param call The request.
 * @returns `+RESET`
 */
export function reset(call: LocalCall): Uint8Array<ArrayBuffer> {
  call.session.reset();
  return call.reply().simple("RESET").take();
}
