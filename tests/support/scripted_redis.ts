/**
 * Both ends that a proxy stands between, in the hands of a test: a client that sends bytes and collects what
 * comes back, and a redis server that answers what, when and if the test says so. Bytes are texts of one
 * character each.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import type { Address } from "../../src/net/address.ts";
import type { Acceptor, Transport } from "../../src/net/transport.ts";
import type { MemoryNetwork } from "./memory_network.ts";
import type { MemoryTransport } from "./memory_transport.ts";

/** What a peer sends or gets: one character per byte. */
export type Latin1 = string;

/** Whatever is on one end of a stream: it collects what comes, and writes in order. */
export class Peer {
  /** Its end. */
  readonly transport: MemoryTransport;
  /** Whether the other end has ended its stream, or broken it. */
  ended = false;
  #outgoing: Promise<void> = Promise.resolve();
  #resume: (() => void) | null = null;
  #isReading = true;

  /**
   * Wraps an end; nothing is read yet.
   *
   * @param transport The end.
   */
  constructor(transport: MemoryTransport) {
    this.transport = transport;
  }

  /** Whether it takes what is sent to it. */
  get reading(): boolean {
    return this.#isReading;
  }

  /** See the getter. */
  set reading(on: boolean) {
    this.#isReading = on;
    if (on) this.#resume?.();
  }

  /**
   * Sends bytes behind all that was sent before; waits, in the background, for room.
   *
   * @param text The bytes.
   */
  send(text: Latin1): void {
    const bytes = Buffer.from(text, "latin1");
    this.#outgoing = this.#outgoing.then(async () => {
      for (let sent = 0; sent < bytes.length;) sent += await this.transport.write(bytes.subarray(sent));
    }).catch(() => {});
  }

  /** Ends the stream behind all that was sent before. */
  finish(): void {
    this.#outgoing = this.#outgoing.then(() => this.transport.closeWrite()).catch(() => {});
  }

  /** Closes this end; harmless if it is closed. */
  close(): void {
    this.transport[Symbol.dispose]();
    this.ended = true;
  }

  /** Breaks the connection as a reset does. */
  break(): void {
    this.transport.break();
  }

  /**
   * Reads until the end of the stream.
   *
   * @param got Called with what has come.
   */
  protected async collect(got: (text: Latin1) => void): Promise<void> {
    const buffer = Buffer.alloc(64 * 1024);
    try {
      for (;;) {
        if (!this.#isReading) await new Promise<void>((resolve) => this.#resume = resolve);
        const count = await this.transport.read(buffer);
        if (count === null) break;
        got(buffer.toString("latin1", 0, count));
      }
    } catch {
      // A closed or broken connection has ended.
    }
    this.ended = true;
  }
}

/** A client. */
export class ScriptedClient extends Peer {
  /** All that it got and nobody took yet. */
  received: Latin1 = "";

  /**
   * Wraps a client's end and begins to read.
   *
   * @param transport The end.
   */
  constructor(transport: MemoryTransport) {
    super(transport);
    void this.collect((text) => void (this.received += text));
  }

  /** Takes what it got. */
  take(): Latin1 {
    const text = this.received;
    this.received = "";
    return text;
  }
}

/** A connection to a server, on the server's side. */
export class ScriptedConnection extends Peer {
  /** Requests that came and are not answered yet, as words. */
  readonly requests: Latin1[][] = [];
  /** How many requests came in all. */
  requestCount = 0;
  #unread = "";
  /** How many bytes must be unread before it is worth looking at them. */
  #neededBytes = 0;

  /**
   * Wraps a server's end and begins to read.
   *
   * @param transport The end.
   * @param arrived Called for each request.
   */
  constructor(transport: MemoryTransport, arrived: (connection: ScriptedConnection) => void) {
    super(transport);
    void this.collect((text) => {
      this.#unread += text;
      for (let request = this.#takeRequest(); request !== null; request = this.#takeRequest()) {
        this.requests.push(request);
        this.requestCount++;
        arrived(this);
      }
    });
  }

  /**
   * Answers the oldest requests, one text for each.
   *
   * @param texts The replies.
   */
  reply(...texts: readonly Latin1[]): void {
    for (const text of texts) {
      this.requests.shift();
      this.send(text);
    }
  }

  #takeRequest(): Latin1[] | null {
    if (this.#unread.length < this.#neededBytes) return null;
    const text = this.#unread;
    const head = /^\*(\d+)\r\n/.exec(text);
    if (head === null) return null;
    const words: Latin1[] = [];
    let at = head[0].length;
    for (let i = Number(head[1]); i > 0; i--) {
      const line = text.indexOf("\r\n", at);
      if (line < 0) return null;
      const end = line + 2 + Number(text.slice(at + 1, line));
      this.#neededBytes = end + 2;
      if (this.#neededBytes > text.length) return null;
      words.push(text.slice(line + 2, end));
      at = end + 2;
    }
    this.#unread = text.slice(at);
    this.#neededBytes = 0;
    return words;
  }
}

/** A server that listens in a network of memory. */
export class ScriptedServer {
  /** Where it listens. */
  readonly address: Address;
  /** All connections that were ever made to it. */
  readonly connections: ScriptedConnection[] = [];
  /** Answers a request at once; null leaves it to the test. */
  answer: (words: readonly Latin1[], connection: ScriptedConnection) => Latin1 | null;
  readonly #network: MemoryNetwork;
  #acceptor: Acceptor | null = null;

  /**
   * Makes a server that listens.
   *
   * @param network Where.
   * @param address At which address.
   * @param answer How it answers.
   */
  constructor(network: MemoryNetwork, address: Address, answer: ScriptedServer["answer"] = () => null) {
    this.#network = network;
    this.address = address;
    this.answer = answer;
    this.listen();
  }

  /** The latest connection. */
  get connection(): ScriptedConnection {
    return this.connections[this.connections.length - 1];
  }

  /** How many of its connections are open. */
  get openCount(): number {
    return this.connections.filter(({ ended }) => !ended).length;
  }

  /** Listens, if it does not. */
  listen(): void {
    if (this.#acceptor !== null) return;
    this.#acceptor = this.#network.listen(this.address);
    void this.#accept(this.#acceptor);
  }

  /** Stops listening and closes all connections. */
  die(): void {
    this.#acceptor?.close();
    this.#acceptor = null;
    for (const connection of this.connections) connection.close();
  }

  async #accept(acceptor: Acceptor): Promise<void> {
    try {
      for (;;) this.#take((await acceptor.accept()).transport);
    } catch {
      // It does not listen any more.
    }
  }

  #take(transport: Transport): void {
    const connection = new ScriptedConnection(transport as MemoryTransport, (connection) => {
      // What came before and waits for the test is answered first.
      if (connection.requests.length > 1) return;
      const text = this.answer(connection.requests[0], connection);
      if (text !== null) connection.reply(text);
    });
    this.connections.push(connection);
  }
}
