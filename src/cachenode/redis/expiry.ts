/**
 * When keys expire: the arithmetic of EXPIRE and its kin, in 64 bits as redis does it.
 *
 * @module
 */

import { INT64_MAX, INT64_MIN } from "../bytes.ts";

/** How the number of an expiry is meant. */
export interface ExpiryUnit {
  /** How many milliseconds one is. */
  readonly unitMs: bigint;
  /** Whether it counts from now on; else from the Unix epoch. */
  readonly relative: boolean;
}

/** As EX and EXPIRE mean it. */
export const SECONDS: ExpiryUnit = { unitMs: 1000n, relative: true };
/** As PX and PEXPIRE mean it. */
export const MILLISECONDS: ExpiryUnit = { unitMs: 1n, relative: true };
/** As EXAT and EXPIREAT mean it. */
export const UNIX_SECONDS: ExpiryUnit = { unitMs: 1000n, relative: false };
/** As PXAT and PEXPIREAT mean it. */
export const UNIX_MILLISECONDS: ExpiryUnit = { unitMs: 1n, relative: false };

/**
 * Finds the time that is meant.
 *
 * @param value The number.
 * @param unit How it is meant.
 * @param nowMs The time, in milliseconds since the Unix epoch.
 * @returns Milliseconds since the Unix epoch; null if they do not fit into 64 bits.
 */
export function expiryTimeMs(value: bigint, unit: ExpiryUnit, nowMs: number): number | null {
  const scaled = value * unit.unitMs;
  const timeMs = unit.relative ? scaled + BigInt(Math.floor(nowMs)) : scaled;
  return scaled < INT64_MIN || timeMs > INT64_MAX ? null : Number(timeMs);
}
