/**
 * Carries bytes between a client and the HTTP server behind the statistics' port, both ways, until one side ends.
 *
 * @module
 */

import type { Deadline } from "./deadline.ts";
import { CHUNK_BYTES, IDLE_MS, LAST_RESPONSE_MS, LINGER_MS, REQUEST_MS } from "./limits.ts";

/** What is used of a connection. */
export type Stream = Pick<Deno.Conn, "read" | "write" | "closeWrite">;

/**
 * Writes all of the bytes.
 *
 * @param conn Where to.
 * @param bytes What.
 * @returns A promise that resolves when the system has taken the last one, and rejects as `Deno.Conn.write` does.
 */
export async function writeAll(conn: Stream, bytes: Uint8Array): Promise<void> {
  for (let start = 0; start < bytes.length;) start += await conn.write(bytes.subarray(start));
}

/**
 * Relays until both sides have ended, or one has and the other was given time to, or one fails. Closes nothing: when the
 * deadline expires its owner closes both connections, which ends the relay.
 *
 * The deadline is that of the request from its first byte until the first of the response, and else that of idleness. One
 * chunk per direction is in memory; a side that does not read stops the other.
 *
 * @param client The client.
 * @param server The HTTP server.
 * @param first What the client has sent already.
 * @param deadline Ends the relay.
 * @returns A promise that rejects if a connection fails.
 */
export async function relay(
  client: Stream,
  server: Stream,
  first: Uint8Array,
  deadline: Deadline,
): Promise<void> {
  let asking = false;
  let writing = false;
  let clientEnded = false;
  let serverEnded = false;

  const requests = async (): Promise<void> => {
    const chunk = new Uint8Array(CHUNK_BYTES);
    for (let bytes = first;;) {
      // What comes after the server's last word is read and dropped, so that closing does not reset the connection.
      if (!serverEnded) {
        if (!asking) deadline.set(REQUEST_MS);
        asking = true;
        serverEnded = !(await writeAll(server, bytes).then(() => true, () => false));
      }
      const length = await client.read(chunk);
      if (length === null) break;
      bytes = chunk.subarray(0, length);
    }
    // The end is not passed on: Deno.serve drops its response to a client that has ended its side. A response comes
    // without a pause, so silence after it shows that there is no more to wait for.
    clientEnded = true;
    if (asking) deadline.set(LAST_RESPONSE_MS);
    else if (!writing) deadline.set(LINGER_MS);
  };

  const responses = async (): Promise<void> => {
    const chunk = new Uint8Array(CHUNK_BYTES);
    for (let length = await server.read(chunk); length !== null; length = await server.read(chunk)) {
      asking = false;
      deadline.set(IDLE_MS);
      writing = true;
      await writeAll(client, chunk.subarray(0, length));
      writing = false;
      if (clientEnded) deadline.set(LINGER_MS);
    }
    serverEnded = true;
    await client.closeWrite();
    deadline.set(LINGER_MS);
  };

  await Promise.all([requests(), responses()]);
}
