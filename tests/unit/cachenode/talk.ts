/**
 * A conversation with a session of a cache node, over a connection in memory.
 *
 * @module
 */

import { concat, decode, encode } from "../../../src/base/ascii.ts";
import { MbufPool } from "../../../src/buffer/mbuf_pool.ts";
import { serveClient } from "../../../src/cachenode/connection.ts";
import type { ClientSession } from "../../../src/cachenode/session.ts";
import { memoryPair } from "../../support/memory_transport.ts";

/**
 * Sends everything, ends the stream, and reads everything.
 *
 * @param session Understands the client.
 * @param request What to send.
 * @param readBytesMax How many bytes the session gets at a time, at most.
 * @returns All that was answered.
 */
export async function talk(
  session: ClientSession,
  request: string | Uint8Array,
  readBytesMax = Infinity,
): Promise<string> {
  const [client, server] = memoryPair();
  server.readBytesMax = readBytesMax;
  const mbufs = new MbufPool(1024);
  const serving = serveClient(server, session, mbufs).finally(() => server.close());
  const answers: Uint8Array[] = [];
  const reading = (async () => {
    for (;;) {
      const chunk = new Uint8Array(4096);
      const count = await client.read(chunk);
      if (count === null) return;
      answers.push(chunk.subarray(0, count));
    }
  })();
  try {
    await client.write(typeof request === "string" ? encode(request) : request);
    await client.closeWrite();
  } catch (error) {
    // The session may finish before everything was sent.
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
  }
  await Promise.all([serving, reading]);
  if (mbufs.usage.usedBytes !== 0) throw new Error("the connection kept a buffer");
  client.close();
  return decode(concat(answers));
}
