/**
 * One client of a cache node: read, handle what is complete, write, and so on until either side ends it.
 *
 * @module
 */

import type { MbufPool } from "../buffer/mbuf_pool.ts";
import { ReadWindow } from "../buffer/read_window.ts";
import { WriteQueue } from "../buffer/write_queue.ts";
import type { Transport } from "../net/transport.ts";
import { OUTPUT_BYTES_MAX, READ_WINDOW_BYTES } from "./limits.ts";
import { type ClientSession, FINISHED, HANDLED, STARVED, type Step } from "./session.ts";

/**
 * Serves a client until it is finished. Nothing is read while answers wait to be written, so a client
 * that does not read its answers costs a bounded amount of memory.
 *
 * @param transport The connection, which the caller closes afterwards.
 * @param session Understands the client.
 * @param mbufs Where the buffers come from.
 * @returns Resolves when either side has finished. Rejects when the connection breaks or is closed.
 */
export async function serveClient(
  transport: Transport,
  session: ClientSession,
  mbufs: MbufPool,
): Promise<void> {
  const input = new ReadWindow(mbufs, READ_WINDOW_BYTES);
  const output = new WriteQueue(mbufs);
  try {
    for (let step: Step = STARVED; step !== FINISHED;) {
      const count = await transport.read(input.room());
      if (count === null) return;
      input.filled(count);
      do {
        step = session.step(input, output);
        if (step !== HANDLED || output.bytes >= OUTPUT_BYTES_MAX) await flush(transport, output);
      } while (step === HANDLED);
    }
  } finally {
    input.release();
    output.clear();
  }
}

async function flush(transport: Transport, output: WriteQueue): Promise<void> {
  for (let bytes = output.front(); bytes !== null; bytes = output.front()) {
    output.written(await transport.write(bytes));
  }
}
