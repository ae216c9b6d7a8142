/**
 * Where a peer is, or where to listen.
 *
 * @module
 */

/** A TCP address: a name or an IP address, and a port. */
export interface TcpAddress {
  /** Which kind of address it is. */
  readonly transport: "tcp";
  /** A host name, or an IPv4 or IPv6 address without brackets. */
  readonly hostname: string;
  /** 1 to 65535; 0 asks for any free port to listen on. */
  readonly port: number;
}

/** The path of a Unix socket. */
export interface UnixAddress {
  /** Which kind of address it is. */
  readonly transport: "unix";
  /** An absolute path. */
  readonly path: string;
}

/** Where a stream leads to or comes from. */
export type Address = TcpAddress | UnixAddress;

/**
 * Says whether an address has to be looked up.
 *
 * @param address The address.
 * @returns True for a host name; false for an IP address and for a Unix socket.
 */
export function isNamed(address: Address): address is TcpAddress {
  return address.transport === "tcp" && !address.hostname.includes(":") && !/^[\d.]+$/.test(address.hostname);
}

/**
 * Formats an address for people.
 *
 * @param address The address.
 * @returns `host:port`, `[ipv6]:port` or the path.
 */
export function formatAddress(address: Address): string {
  if (address.transport === "unix") return address.path;
  const { hostname, port } = address;
  return hostname.includes(":") ? `[${hostname}]:${port}` : `${hostname}:${port}`;
}
