/**
 * The network of the machine, on `Deno.listen` and `Deno.connect`.
 *
 * @module
 */

import { lookup } from "node:dns/promises";
import type { Address } from "./address.ts";
import { formatAddress } from "./address.ts";
import type { Accepted, Acceptor, ConnectOptions, ListenOptions, Network, Transport } from "./transport.ts";

/** {@link Network} over the sockets of the machine. */
export const denoNetwork: Network = { connect, resolve, listen };

async function connect(address: Address, options: ConnectOptions, signal: AbortSignal): Promise<Transport> {
  if (address.transport === "unix") return await Deno.connect({ transport: "unix", path: address.path });
  const conn = await Deno.connect({ hostname: address.hostname, port: address.port, signal });
  conn.setNoDelay(true);
  if (options.keepAlive) conn.setKeepAlive(true);
  return conn;
}

/** Through the system's resolver, as `Deno.connect` does it too, so that both see the same. */
async function resolve(hostname: string): Promise<readonly string[]> {
  const found = await lookup(hostname, { all: true });
  return found.map(({ address }) => address).sort();
}

function listen(address: Address, options: ListenOptions): Acceptor {
  return address.transport === "unix"
    ? listenUnix(address.path, options)
    : listenTcp(address.hostname, address.port, options);
}

function listenTcp(hostname: string, port: number, options: ListenOptions): Acceptor {
  const { backlog, reusePort, keepAlive } = options;
  // `tcpBacklog` is older than its type declaration; a runtime without it uses its own default.
  const request: Deno.TcpListenOptions & { tcpBacklog: number } = {
    hostname,
    port,
    reusePort,
    tcpBacklog: backlog,
  };
  const listener = Deno.listen(request);
  return {
    address: { transport: "tcp", hostname: listener.addr.hostname, port: listener.addr.port },
    async accept(): Promise<Accepted> {
      const conn = await listener.accept();
      conn.setNoDelay(true);
      if (keepAlive) conn.setKeepAlive(true);
      const { hostname, port } = conn.remoteAddr;
      return { transport: conn, peer: formatAddress({ transport: "tcp", hostname, port }) };
    },
    close: () => listener.close(),
  };
}

function listenUnix(path: string, options: ListenOptions): Acceptor {
  removeSocket(path);
  const listener = Deno.listen({ transport: "unix", path });
  if (options.mode !== null) Deno.chmodSync(path, options.mode);
  return {
    address: { transport: "unix", path },
    accept: async (): Promise<Accepted> => ({ transport: await listener.accept(), peer: path }),
    close(): void {
      listener.close();
      removeSocket(path);
    },
  };
}

/** A socket file that a dead process left behind would make the bind fail; anything but a socket is left alone. */
function removeSocket(path: string): void {
  try {
    if (Deno.lstatSync(path).isSocket) Deno.removeSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
