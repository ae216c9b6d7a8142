/**
 * The HTTP server behind the statistics' port.
 *
 * `Deno.serve` cannot take over a connection that was accepted elsewhere, so it listens on a port of its own, on the
 * loopback address, and the front door relays to it. A Unix socket would need the right to write files, and would leave
 * its file behind when the process is killed. The port serves the front door's connections only: whoever else finds it is
 * turned away, so that it is no way round the front door's address and limits.
 *
 * @module
 */

import type { Caller } from "./access.ts";
import type { Log } from "../log/log.ts";

/** How to close a backend, and how to reach it. */
export interface HttpBackend {
  /**
   * Connects to the server and makes it answer on that connection; rejects as `Deno.connect` does.
   *
   * @param caller For whom.
   * @returns The connection.
   */
  connect(caller: Caller): Promise<Deno.TcpConn>;
  /** Ends a connection of {@link HttpBackend.connect}; may be called again. */
  disconnect(conn: Deno.TcpConn): void;
  /** Stops the server. Resolves when its last connection is closed. */
  close(): Promise<void>;
}

/**
 * Starts the server.
 *
 * @param handler Answers the requests.
 * @param log Where a handler's failure is told.
 * @returns The running server.
 */
export function startHttpBackend(
  handler: (request: Request, caller: Caller) => Response | Promise<Response>,
  log: Log,
): HttpBackend {
  const hostname = "127.0.0.1";
  const ports = new Map<Deno.TcpConn, number>();
  const callers = new Map<number, Caller>();
  const server = Deno.serve({
    hostname,
    port: 0,
    onListen: () => {},
    onError: (error) => {
      log.error("stats", `answering a request failed: ${error}`);
      return new Response("500 Internal Server Error\n", { status: 500 });
    },
  }, (request, info) => {
    const caller = callers.get(info.remoteAddr.port);
    return caller === undefined ? new Response(null, { status: 403 }) : handler(request, caller);
  });
  return {
    async connect(caller) {
      const conn = await Deno.connect({ hostname, port: server.addr.port });
      const { port } = conn.localAddr as Deno.NetAddr;
      ports.set(conn, port);
      callers.set(port, caller);
      return conn;
    },
    disconnect(conn) {
      const port = ports.get(conn);
      if (port === undefined) return;
      ports.delete(conn);
      callers.delete(port);
      conn.close();
    },
    close: () => server.shutdown(),
  };
}
