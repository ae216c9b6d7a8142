/**
 * Finds the keys among the arguments of a request. Nothing here throws or allocates per request.
 *
 * ```text
 * ZUNIONSTORE   dest   numkeys   key   key   WEIGHTS ...
 *      0         1        2       3     4       5
 *           destinationAt │     first, step 1
 *                     numkeysAt
 * ```
 *
 * @module
 */

import { parseInteger } from "./argument.ts";
import { type Command, KeyKind } from "./command.ts";
import type { KeyList } from "./key_list.ts";
import { findMigrate, findStore, findStreams } from "./key_options.ts";
import { KeyStatus } from "./key_status.ts";

export { KeyList } from "./key_list.ts";
export { blockingMs } from "./key_options.ts";

/**
 * Checks how many arguments there are.
 *
 * @param command The command.
 * @param argc How many arguments there are, the name included.
 * @returns Whether the command takes that many.
 */
export function isArityRight(command: Command, argc: number): boolean {
  const arity = command.arity;
  return arity > 0 ? argc === arity : argc >= -arity;
}

/**
 * Finds the keys of a request, as redis' own table and its `COMMAND GETKEYS` do. It checks what it needs to
 * find them and no more: the server judges the rest.
 *
 * @param command What {@link resolveCommand} found.
 * @param argc How many arguments there are, the name included.
 * @param args Start and end of argument i at `2 * i` and `2 * i + 1`, relative to `base`.
 * @param bytes The array that holds the request.
 * @param base What the offsets are relative to.
 * @param out Where the argument indexes of the keys are written to; its count is 0 if the status is not OK.
 * @returns OK, or what is wrong with the arguments.
 */
export function findKeys(
  command: Command,
  argc: number,
  args: Int32Array,
  bytes: Uint8Array,
  base: number,
  out: KeyList,
): KeyStatus {
  out.count = 0;
  if (!isArityRight(command, argc)) return KeyStatus.WRONG_ARITY;
  switch (command.kind) {
    case KeyKind.ONE:
      out.indexes[0] = command.first;
      out.count = 1;
      return KeyStatus.OK;
    case KeyKind.NONE:
      return KeyStatus.OK;
    case KeyKind.RANGE:
      return findRange(command, argc, out);
    case KeyKind.COUNTED:
      return findCounted(command, argc, args, bytes, base, out);
    case KeyKind.STREAMS:
      return findStreams(command, argc, args, bytes, base, out);
    case KeyKind.STORE:
      return findStore(command, argc, args, bytes, base, out);
    case KeyKind.MIGRATE:
      return findMigrate(command, argc, args, bytes, base, out);
  }
}

function findRange(command: Command, argc: number, out: KeyList): KeyStatus {
  const { first, last, step } = command;
  const end = last < 0 ? argc + last + 1 : last + 1;
  const span = end - first;
  if (span <= 0) return KeyStatus.OK;
  if (span % step !== 0) return KeyStatus.WRONG_ARITY;
  out.add(first, span / step, step);
  return KeyStatus.OK;
}

function findCounted(
  command: Command,
  argc: number,
  args: Int32Array,
  bytes: Uint8Array,
  base: number,
  out: KeyList,
): KeyStatus {
  const { numkeysAt, destinationAt, first, step, faults } = command;
  if (faults === null) return KeyStatus.OK;
  const numkeys = parseInteger(bytes, base + args[2 * numkeysAt], base + args[2 * numkeysAt + 1]);
  if (Number.isNaN(numkeys)) return faults.notInteger;
  if (numkeys < faults.min) return faults.tooSmall;
  if (numkeys * step > argc - first) return faults.tooLarge;
  if (destinationAt > 0) out.add(destinationAt, 1);
  out.add(first, numkeys, step);
  return KeyStatus.OK;
}
