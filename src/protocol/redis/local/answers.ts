/**
 * The commands that the proxy answers itself, and what answers them.
 *
 * @module
 */

import { notAcknowledged } from "../acknowledged.ts";
import { type Command, COMMANDS } from "../command.ts";
import { clientInfo, clientKill, clientList } from "./client_list.ts";
import { clientGetname, clientSetinfo, clientSetname } from "./client_name.ts";
import {
  aclWhoami,
  clientCapa,
  clientGetredir,
  clientHelp,
  clientId,
  clientReply,
  clientSwitch,
} from "./client_state.ts";
import { hello, reset } from "./hello.ts";
import type { LocalAnswer } from "./local_call.ts";
import { cluster, configGet, readMode, role, time } from "./server_answers.ts";

const ANSWERS: Readonly<Record<string, LocalAnswer>> = {
  "ACL|WHOAMI": aclWhoami,
  "CLIENT|CAPA": clientCapa,
  "CLIENT|GETNAME": clientGetname,
  "CLIENT|GETREDIR": clientGetredir,
  "CLIENT|HELP": clientHelp,
  "CLIENT|ID": clientId,
  "CLIENT|INFO": clientInfo,
  "CLIENT|KILL": clientKill,
  "CLIENT|LIST": clientList,
  "CLIENT|NO-EVICT": clientSwitch,
  "CLIENT|NO-TOUCH": clientSwitch,
  "CLIENT|REPLY": clientReply,
  "CLIENT|SETINFO": clientSetinfo,
  "CLIENT|SETNAME": clientSetname,
  "CLUSTER": cluster,
  "CONFIG|GET": configGet,
  "HELLO": hello,
  "READONLY": readMode,
  "READWRITE": readMode,
  "RESET": reset,
  "ROLE": role,
  "TIME": time,
  "WAIT": notAcknowledged,
  "WAITAOF": notAcknowledged,
};

/** By the command's index. */
const byIndex: readonly (LocalAnswer | undefined)[] = COMMANDS.map(({ name }) => ANSWERS[name]);

/**
 * What answers a command.
 *
 * @param command The command.
 * @returns Its answer; undefined if it has none here.
 */
export function answerOf(command: Command): LocalAnswer | undefined {
  return byIndex[command.index];
}
