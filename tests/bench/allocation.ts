/**
 * How many bytes of JavaScript's heap a forwarded request costs. Run it as
 * `deno run -A --v8-flags=--expose-gc,--min-semi-space-size=64,--max-semi-space-size=64 tests/bench/allocation.ts`:
 * the young generation is so large that nothing is collected while it is measured.
 *
 * A turn of the event loop allocates (a promise for each read and write, and here what stands for the kernel), so a
 * request's own share is the slope between a short pipeline and a long one. Prints one JSON object: bytes per
 * request, and bytes per turn, for each command.
 *
 * @module
 */

import { concat, encode } from "../../src/base/ascii.ts";
import type { Transport } from "../../src/net/transport.ts";
import { Rig } from "../support/proxy_rig.ts";
import { resp } from "../support/resp.ts";

const SHORT = 32;
const LONG = 256;
const WARM_UP_ROUNDS = 4000;
const ROUNDS = 1000;

interface Command {
  readonly request: Uint8Array<ArrayBuffer>;
  readonly reply: Uint8Array<ArrayBuffer>;
}

const COMMANDS: Record<string, Command> = {
  GET: { request: resp("GET", "key:0123"), reply: encode("$16\r\nvalue:0123456789\r\n") },
  SET: { request: resp("SET", "key:0123", "value:0123456789"), reply: encode("+OK\r\n") },
};

/** Answers each request of a known length; the replies to what one read gave leave as one write. */
async function answer(transport: Transport, { request, reply }: Command): Promise<void> {
  const replies = concat(Array.from({ length: LONG + 1 }, () => reply));
  const buffer = new Uint8Array(64 * 1024);
  let unread = 0;
  for (let count = await transport.read(buffer); count !== null; count = await transport.read(buffer)) {
    unread += count;
    const whole = Math.floor(unread / request.length);
    unread -= whole * request.length;
    if (whole > 0) await transport.write(replies.subarray(0, whole * reply.length));
  }
}

/** One client and one server, with a proxy between. */
class Path {
  readonly #rig = new Rig();
  readonly #client: Transport;
  readonly #command: Command;
  readonly #buffer = new Uint8Array(64 * 1024);

  constructor(command: Command) {
    this.#command = command;
    const { network, server } = this.#rig;
    server.die();
    const acceptor = network.listen(server.address);
    void (async () => void answer((await acceptor.accept()).transport, command))();
    this.#client = network.dial(this.#rig.address);
  }

  /** Sends a pipeline and waits for its replies, some times over. */
  async run(pipeline: number, rounds: number): Promise<void> {
    const { request, reply } = this.#command;
    const requests = concat(Array.from({ length: pipeline }, () => request));
    for (let round = 0; round < rounds; round++) {
      await this.#client.write(requests);
      for (let got = 0; got < pipeline * reply.length;) {
        got += await this.#client.read(this.#buffer) ?? Infinity;
      }
    }
  }

  /** How many bytes of heap a round takes. */
  async bytesPerRound(pipeline: number): Promise<number> {
    (globalThis as unknown as { gc(): void }).gc();
    const before = Deno.memoryUsage().heapUsed;
    await this.run(pipeline, ROUNDS);
    return (Deno.memoryUsage().heapUsed - before) / ROUNDS;
  }
}

async function measure(command: Command): Promise<{ perRequest: number; perTurn: number }> {
  const path = new Path(command);
  await path.run(LONG, WARM_UP_ROUNDS);
  await path.run(SHORT, WARM_UP_ROUNDS);
  const short = await path.bytesPerRound(SHORT);
  const long = await path.bytesPerRound(LONG);
  const perRequest = (long - short) / (LONG - SHORT);
  return { perRequest, perTurn: short - SHORT * perRequest };
}

const found: Record<string, { perRequest: number; perTurn: number }> = {};
for (const [name, command] of Object.entries(COMMANDS)) found[name] = await measure(command);
await Deno.stdout.write(encode(`${JSON.stringify(found)}\n`));
Deno.exit(0);
