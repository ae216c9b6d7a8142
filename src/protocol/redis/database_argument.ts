/**
 * Finds the database that is named among the arguments of MOVE and COPY.
 *
 * @module
 */

import { encode } from "../../base/ascii.ts";
import { isWordAt, parseInteger } from "./argument.ts";
import { type Command, DatabaseCode } from "./command.ts";
import type { Databases } from "./databases.ts";

const DB = encode("db");
/** The argument index of the database in `MOVE key db`. */
const ARGUMENT_AT = 2;
/** The argument index of the first option in `COPY source destination [DB db] [REPLACE]`. */
const OPTIONS_AT = 3;

/**
 * Whether a request names a database that clients may not select. What is not understood is left to the server.
 *
 * @param command The command, which names a database.
 * @param databases Those that clients may select.
 * @param argc How many arguments there are, the name included.
 * @param args Start and end of each, relative to `base`.
 * @param bytes The array that holds them.
 * @param base What the offsets are relative to.
 * @returns True if it does.
 */
export function namesOther(
  command: Command,
  databases: Databases,
  argc: number,
  args: Int32Array,
  bytes: Uint8Array,
  base: number,
): boolean {
  const isOther = (index: number): boolean => {
    const db = parseInteger(bytes, base + args[2 * index], base + args[2 * index + 1]);
    return !Number.isNaN(db) && !databases.has(db);
  };
  if (command.databaseCode === DatabaseCode.ARGUMENT) return isOther(ARGUMENT_AT);
  for (let i = OPTIONS_AT; i + 1 < argc; i++) {
    if (isWordAt(i, DB, args, bytes, base) && isOther(i + 1)) return true;
  }
  return false;
}
