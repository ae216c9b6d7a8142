/**
 * Whether all that a configuration asks for is permitted: found out before anything is done, so that whoever runs the
 * program with `deno run` is told of the flag that is missing, and is not asked in the middle.
 *
 * @module
 */

import { type Address, formatAddress } from "../net/address.ts";
import { isPermitted, requirePermission } from "./permissions.ts";

/** What a run is going to do. */
export interface Requirements {
  /** Files that are written: the log, the pid file. */
  readonly writes: readonly string[];
  /** Where it listens. */
  readonly listens: readonly Address[];
  /** Where it connects to. */
  readonly connects: readonly Address[];
}

/**
 * Makes sure that all of it is permitted.
 *
 * @param requirements What is going to be done.
 * @throws {PermissionError} At the first thing that is not.
 */
export function requireAll({ writes, listens, connects }: Requirements): void {
  for (const path of writes) requirePermission({ name: "write", path }, `write "${path}"`);
  for (const address of listens) requireAddress(address, "listen on");
  for (const address of connects) requireAddress(address, "connect to");
}

function requireAddress(address: Address, action: string): void {
  const host = formatAddress(address);
  if (address.transport === "unix") {
    requirePermission({ name: "read", path: address.path }, `${action} "${host}"`);
    requirePermission({ name: "write", path: address.path }, `${action} "${host}"`);
  } else if (!isPermitted({ name: "net" })) {
    requirePermission({ name: "net", host }, `${action} "${host}"`);
  }
}
