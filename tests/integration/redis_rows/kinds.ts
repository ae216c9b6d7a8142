/**
 * The kinds of servers that the table of commands is compared with, and which of its rows each one lacks.
 *
 * @module
 */

import { type NewerProgram, newerTest } from "../../support/newer_programs.ts";
import { type ProgramName, realTest } from "../../support/programs.ts";
import type { RedisOptions } from "../../support/redis_server.ts";
import { MODULE_EXAMPLES } from "./module_examples.ts";

/** A kind of server. */
export interface Kind {
  /** What tests call it. */
  readonly name: string;
  /** How it is started. */
  readonly redis: RedisOptions;
  /** The rows that it has no command for. It says so in the same words with and without the proxy. */
  readonly lacks: ReadonlySet<string>;
}

const SINCE_7_2 = "CLIENT|NO-TOUCH CLIENT|SETINFO WAITAOF";
const SINCE_7_4 = "HEXPIRE HEXPIREAT HEXPIRETIME HPERSIST HPEXPIRE HPEXPIREAT HPEXPIRETIME HPTTL HTTL";
const SINCE_8_0 = "HGETDEL HGETEX HSETEX";
const SINCE_8_2 = "DELEX DIGEST MSETEX VRANGE XACKDEL XDELEX";
const SINCE_8_6 = "HOTKEYS XCFGSET";
const SINCE_8_8 =
  "ARCOUNT ARDEL ARDELRANGE ARGET ARGETRANGE ARGREP ARINFO ARINSERT ARLASTITEMS ARLEN ARMGET ARMSET " +
  "ARNEXT AROP ARRING ARSCAN ARSEEK ARSET INCREX XNACK";
const SINCE_8_10 = "BACKUP BLMOVEM HIMPORT LMOVEM SDIFFCARD SUNIONCARD";
const VALKEY_8 = "CLIENT|CAPA CLIENT|IMPORT-SOURCE COMMANDLOG SCRIPT|SHOW";
const VALKEY_9 = "CLUSTERSCAN DELIFEQ";
/** The one module that redis has without being told; valkey has none. */
const VECTOR_SETS = Object.keys(MODULE_EXAMPLES).filter((name) => /^V[A-Z]+$/.test(name)).join(" ");
/** Debian has no package with any of these. */
const OTHER_MODULES = Object.keys(MODULE_EXAMPLES).filter((name) => name.includes(".")).join(" ");

function names(...lists: readonly string[]): ReadonlySet<string> {
  return new Set(lists.join(" ").split(" "));
}

const NEWEST = `${SINCE_8_2} ${SINCE_8_6} ${SINCE_8_8} ${SINCE_8_10} ${VALKEY_9} ${OTHER_MODULES}`;

/** The rows that Debian 12's redis 7.0 lacks, which is the oldest one here. */
export const OLDEST_LACKS: ReadonlySet<string> = names(
  NEWEST,
  VALKEY_8,
  VECTOR_SETS,
  SINCE_7_2,
  SINCE_7_4,
  SINCE_8_0,
);

/**
 * Declares a test for each kind of server.
 *
 * @param name The test's name.
 * @param fn The test.
 * @param others More programs of the machine's own packages that it starts.
 */
export function testWithKinds(
  name: string,
  fn: (kind: Kind) => Promise<void>,
  others: readonly ProgramName[] = [],
): void {
  realTest(["redis-server", ...others], `${name}, redis 7`, async () => {
    await fn({ name: "redis 7", redis: {}, lacks: OLDEST_LACKS });
  });
  const newer = (kind: string, from: NewerProgram, lacks: ReadonlySet<string>): void =>
    newerTest(
      [from],
      `${name}, ${kind}`,
      ([program]) => fn({ name: kind, redis: { program }, lacks }),
      others,
    );
  newer("redis 8", "redis-server", names(NEWEST, VALKEY_8));
  newer("valkey 8", "valkey-server", names(NEWEST, VECTOR_SETS, SINCE_7_4, SINCE_8_0));
}
