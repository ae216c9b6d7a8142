/**
 * A TCP relay that stands between two peers and does to their bytes what a bad network does.
 *
 * ```text
 *   client ──connection──▶ relay ──connection──▶ server
 *             toServer ──▶        ◀── toClient
 * ```
 *
 * It is written with `node:net`, because only that can reset a connection.
 *
 * @module
 */

import { createConnection, createServer, type Server, type Socket } from "node:net";
import { sleep } from "./process.ts";

/** What happens to the bytes of one direction; may be changed at any time, for open connections too. */
export class Fault {
  /** How long every piece is kept back, in milliseconds. */
  delayMs = 0;
  /** Whether nothing comes through, as with a firewall that drops packets; what was held follows when it ends. */
  blackHole = false;
  /** Whether what comes is lost, which no network does to TCP, but a broken server may. */
  discards = false;
  /** Whether bytes are sent one by one, each as a packet of its own. */
  trickles = false;
  /** How many more bytes come through before the connection is ended in both directions; null for all. */
  cutAfterBytes: number | null = null;
  /** Whether the cut is a reset and no orderly end. */
  cutResets = false;

  /** Lets everything through again. */
  clear(): void {
    this.delayMs = 0;
    this.blackHole = false;
    this.discards = false;
    this.trickles = false;
    this.cutAfterBytes = null;
    this.cutResets = false;
  }
}

/** How often is looked whether a black hole has gone. */
const POLL_MS = 5;

/** See the module; `await using` stops it. */
export class FaultRelay implements AsyncDisposable {
  /** What happens to requests. */
  readonly toServer: Fault = new Fault();
  /** What happens to replies. */
  readonly toClient: Fault = new Fault();
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #clients = new Set<Socket>();
  readonly #tasks = new Set<Promise<void>>();
  #accepted = 0;

  private constructor(server: Server) {
    this.#server = server;
  }

  /**
   * Starts a relay that does no harm yet.
   *
   * @param targetPort The port of 127.0.0.1 that it leads to.
   * @returns The relay, which listens.
   */
  static async start(targetPort: number): Promise<FaultRelay> {
    const server = createServer({ allowHalfOpen: true });
    const relay = new FaultRelay(server);
    server.on("connection", (socket: Socket) => relay.#accept(socket, targetPort));
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(0, "127.0.0.1", resolve);
    });
    return relay;
  }

  /** The port of 127.0.0.1 that it listens on. */
  get port(): number {
    return (this.#server.address() as { port: number }).port;
  }

  /** `127.0.0.1:PORT`, as configuration files want it. */
  get address(): string {
    return `127.0.0.1:${this.port}`;
  }

  /** How many connections there have been. */
  get accepted(): number {
    return this.#accepted;
  }

  /** How many connections are open. */
  get open(): number {
    return this.#clients.size;
  }

  /**
   * Sends every client something that the server never said.
   *
   * @param text What it is.
   */
  inject(text: string): void {
    for (const socket of this.#clients) socket.write(text);
  }

  /** Resets every connection, on both sides. */
  reset(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  /** Ends every connection in good order, on both sides. */
  hangUp(): void {
    for (const socket of this.#sockets) socket.end();
  }

  /** Lets everything through again, in both directions. */
  clear(): void {
    this.toServer.clear();
    this.toClient.clear();
  }

  /** See {@link FaultRelay}. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.clear();
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
    await Promise.all(this.#tasks);
  }

  #accept(near: Socket, targetPort: number): void {
    this.#accepted++;
    this.#clients.add(near);
    const far = createConnection({ host: "127.0.0.1", port: targetPort, allowHalfOpen: true });
    for (const [socket, other] of [[near, far], [far, near]]) {
      socket.setNoDelay(true);
      this.#sockets.add(socket);
      // Whatever ends one side ends the other one; an error is followed by the close.
      socket.on("error", () => {});
      socket.on("close", () => {
        this.#sockets.delete(socket);
        this.#clients.delete(socket);
        other.destroy();
      });
    }
    this.#run(this.#pump(near, far, this.toServer));
    this.#run(this.#pump(far, near, this.toClient));
  }

  #run(task: Promise<void>): void {
    this.#tasks.add(task);
    void task.finally(() => this.#tasks.delete(task));
  }

  async #pump(from: Socket, to: Socket, fault: Fault): Promise<void> {
    try {
      // The socket is not destroyed at the end of what it reads: it may still have to write.
      for await (const piece of from.iterator({ destroyOnReturn: false })) await pass(piece, from, to, fault);
      to.end();
    } catch {
      // One of the two is gone, and with it the other one.
      from.destroy();
    }
  }
}

/** Passes a piece on, as far as the fault lets it. */
async function pass(piece: Uint8Array, from: Socket, to: Socket, fault: Fault): Promise<void> {
  if (fault.delayMs > 0) await sleep(fault.delayMs);
  while (fault.blackHole && !to.destroyed) await sleep(POLL_MS);
  if (fault.discards) return;
  const { cutAfterBytes } = fault;
  if (cutAfterBytes !== null) {
    if (cutAfterBytes > piece.length) fault.cutAfterBytes = cutAfterBytes - piece.length;
    else {
      if (cutAfterBytes > 0) await write(to, piece.subarray(0, cutAfterBytes));
      fault.cutAfterBytes = null;
      for (const socket of [to, from]) {
        if (fault.cutResets) socket.resetAndDestroy();
        else socket.end(() => socket.destroy());
      }
      return;
    }
  }
  if (!fault.trickles) return await write(to, piece);
  for (let at = 0; at < piece.length; at++) {
    if (!fault.trickles) return await write(to, piece.subarray(at));
    await write(to, piece.subarray(at, at + 1));
    await sleep(0);
  }
}

async function write(to: Socket, bytes: Uint8Array): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    to.write(bytes, (error) => error ? reject(error) : resolve());
  });
}
