/**
 * Who may change something over the statistics' port.
 *
 * @module
 */

import { encode } from "../base/ascii.ts";

/** Who makes a request. */
export interface Caller {
  /** Whether it is a program on this machine. */
  readonly isLocal: boolean;
  /** Is called when it is given the page. */
  readonly gotPage?: () => void;
}

/** A scheme is the same in capitals. */
const BEARER = "bearer ";

/**
 * Says whether a request may change something: with the token from anywhere, without it only from this machine, and never
 * for a page in a browser, which could be anybody's.
 *
 * @param headers The request's headers.
 * @param caller Who makes it.
 * @param token The token; null if there is none.
 * @returns True if it may.
 */
export function mayChange(headers: Headers, caller: Caller, token: string | null): boolean {
  const authorization = headers.get("authorization");
  if (authorization !== null) {
    return token !== null && authorization.slice(0, BEARER.length).toLowerCase() === BEARER &&
      isSame(authorization.slice(BEARER.length), token);
  }
  return caller.isLocal && !headers.has("origin") && !headers.has("sec-fetch-site");
}

/** Takes as long for a wrong token as for the right one. */
function isSame(given: string, token: string): boolean {
  const [a, b] = [encode(given), encode(token)];
  let difference = a.length ^ b.length;
  for (let i = 0; i < b.length; i++) difference |= b[i] ^ (a[i] ?? 0);
  return difference === 0;
}

/**
 * Says whether an address is this machine's own.
 *
 * @param address Where a connection comes from.
 * @returns True for the loopback addresses of IPv4 and IPv6.
 */
export function isLoopback(address: Deno.Addr): boolean {
  if (!("hostname" in address)) return true;
  const { hostname } = address;
  return hostname === "::1" || /^(::ffff:)?127\./.test(hostname);
}
