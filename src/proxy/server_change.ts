/**
 * What of a server stays when its pool gets another configuration.
 *
 * @module
 */

import type { ServerConfig } from "../config/config.ts";
import { formatAddress } from "../net/address.ts";
import type { Codec } from "../protocol/contract.ts";

/**
 * Tells whether two lines of a file mean one server, whatever their weights.
 *
 * @param one A server.
 * @param other Another, or the same.
 * @returns True if they have the same name and the same address.
 */
export function isSamePlace(one: ServerConfig, other: ServerConfig): boolean {
  return one.name === other.name && formatAddress(one.address) === formatAddress(other.address);
}

/**
 * Tells whether connections that were opened for one protocol's settings will do for another's.
 *
 * @param one A protocol.
 * @param other The same one, perhaps with another password or database.
 * @returns True if both begin every connection with the same bytes.
 */
export function greetsAlike(one: Codec, other: Codec): boolean {
  return one.dialects.length === other.dialects.length && one.dialects.every((dialect, i) => {
    const [mine, its] = [dialect.greeting, other.dialects[i].greeting];
    return mine.length === its.length && mine.every((byte, at) => byte === its[at]);
  });
}
