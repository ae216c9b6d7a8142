/**
 * The order of pools and servers, on which placement by modula, statistics and binding depend.
 *
 * @module
 */

import { encode } from "../base/ascii.ts";

/**
 * Compares names as the reference sorts them: the shorter first, equally long ones by their bytes.
 *
 * @param a A name.
 * @param b Another.
 * @returns Below 0 if a comes first, 0 if they are equal, above 0 if b comes first.
 */
export function compareNames(a: string, b: string): number {
  const bytesA = encode(a);
  const bytesB = encode(b);
  if (bytesA.length !== bytesB.length) return bytesA.length - bytesB.length;
  for (let i = 0; i < bytesA.length; i++) {
    if (bytesA[i] !== bytesB[i]) return bytesA[i] - bytesB[i];
  }
  return 0;
}
