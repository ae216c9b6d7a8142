/**
 * The pieces that both kinds of addresses in the file are made of.
 *
 * @module
 */

/**
 * Cuts text at the last occurrence of a character.
 *
 * @param text The text.
 * @param separator The character.
 * @returns What is before and behind it, or null if it does not occur.
 */
export function splitAtLast(text: string, separator: string): [string, string] | null {
  const at = text.lastIndexOf(separator);
  return at === -1 ? null : [text.slice(0, at), text.slice(at + 1)];
}

/**
 * Reads a port.
 *
 * @param digits Its digits.
 * @returns 1 to 65535, or null if it is none.
 */
export function parsePort(digits: string): number | null {
  const port = /^[0-9]+$/.test(digits) ? Number(digits) : 0;
  return port >= 1 && port <= 65535 ? port : null;
}

/**
 * Makes a host name of what the file has.
 *
 * @param host A name, an address, or an IPv6 address in brackets. `*` is the loopback address and not
 * every address, because glibc's getaddrinfo, which the reference asks, understands it so.
 * @returns What a resolver understands.
 */
export function toHostname(host: string): string {
  if (host === "*") return "localhost";
  return host.startsWith("[") && host.endsWith("]") ? host.slice(1, -1) : host;
}
