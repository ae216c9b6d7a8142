/**
 * One item of `servers`: `host:port:weight [name]` or `/path:weight [name]`, taken apart from the right.
 *
 * @module
 */

import type { Address } from "../net/address.ts";
import type { ServerConfig } from "./config.ts";
import { parsePort, splitAtLast, toHostname } from "./host.ts";
import { ValueError, type ValueKind } from "./values.ts";

/** memcached's port: a server there has its host alone as name, as in libmemcached. */
const KETAMA_PORT = 11211;

// The missing space is the reference's.
const format = '"hostname:port:weight [name]"or "/path/unix_socket:weight [name]" format string';
const tcpFormat = '"hostname:port:weight [name]" format string';
const example = "as in 127.0.0.1:6379:1 or 127.0.0.1:6379:1 node1";

/** A cache server. */
export const serverKind: ValueKind<ServerConfig> = {
  label: "`host:port:weight [name]` or `/path:weight [name]`",
  parse: parseServer,
};

function parseServer(text: string): ServerConfig {
  const [place, givenName] = splitAtLast(text, " ") ?? [text, null];
  const isUnix = text.startsWith("/");
  const [rest, weightDigits] = splitAtLast(place, ":") ?? invalidFormat();
  if (isUnix && rest.includes(":")) invalidFormat();
  const [host, portDigits] = isUnix ? [rest, ""] : splitAtLast(rest, ":") ?? invalidFormat();

  const weight = parseWeight(weightDigits);
  if (weight === null || weight < 0) {
    throw new ValueError(`has an invalid weight in ${tcpFormat}`, `a weight from 1, ${example}`);
  }
  if (weight === 0) throw new ValueError(`has a zero weight in ${tcpFormat}`, `a weight from 1, ${example}`);

  if (isUnix) {
    // The colon that remains is part of the name, and so of every key's place on the ring.
    return { name: givenName ?? `${host}:`, address: { transport: "unix", path: host }, weight };
  }
  const port = parsePort(portDigits);
  if (port === null) {
    throw new ValueError(`has an invalid port in ${tcpFormat}`, `a port from 1 to 65535, ${example}`);
  }
  if (host === "") throw new ValueError(`has an invalid ${format}`, `a host before the port, ${example}`);
  const address: Address = { transport: "tcp", hostname: toHostname(host), port };
  return { name: givenName ?? (port === KETAMA_PORT ? host : `${host}:${portDigits}`), address, weight };
}

function invalidFormat(): never {
  throw new ValueError(`has an invalid ${format}`, example);
}

/**
 * Reads a weight. Unlike other numbers it overflows as in the reference, because it decides where keys live.
 */
function parseWeight(digits: string): number | null {
  return /^[0-9]+$/.test(digits) ? Number(BigInt.asIntN(32, BigInt(digits))) : null;
}
