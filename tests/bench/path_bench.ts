/**
 * The whole way of a request in one process: read, parse, route, queue, match, reply, write; all but the kernel.
 * The time includes the echo server and the client of the bench, which are as simple as can be.
 *
 * @module
 */

import { concat, encode } from "../../src/base/ascii.ts";
import type { Transport } from "../../src/net/transport.ts";
import { resp } from "../support/resp.ts";
import { Rig } from "../support/proxy_rig.ts";

const PIPELINE = 64;
const KEY = "key:0123";
const REPLY = encode("$16\r\nvalue:0123456789\r\n");

/** Answers every request of a fixed length with the same reply. */
async function answer(transport: Transport, requestBytes: number): Promise<void> {
  const replies = concat(Array.from({ length: PIPELINE }, () => REPLY));
  const buffer = new Uint8Array(64 * 1024);
  let unread = 0;
  for (let count = await transport.read(buffer); count !== null; count = await transport.read(buffer)) {
    unread += count;
    for (
      ;
      unread >= requestBytes;
      unread -= requestBytes * Math.min(PIPELINE, Math.floor(unread / requestBytes))
    ) {
      const requests = Math.min(PIPELINE, Math.floor(unread / requestBytes));
      await transport.write(replies.subarray(0, requests * REPLY.length));
    }
  }
}

function benchPath(name: string, servers: number, pipeline: number): void {
  const request = resp("GET", KEY);
  const rig = new Rig({ servers });
  for (const server of rig.servers) server.die();
  for (const { address } of rig.servers) {
    const acceptor = rig.network.listen(address);
    void (async () => {
      for (;;) void answer((await acceptor.accept()).transport, request.length);
    })();
  }
  const client = rig.network.dial(rig.address);
  const requests = concat(Array.from({ length: pipeline }, () => request));
  const buffer = new Uint8Array(64 * 1024);
  Deno.bench(name, async () => {
    await client.write(requests);
    for (let got = 0; got < pipeline * REPLY.length;) got += await client.read(buffer) ?? Infinity;
  });
}

benchPath(`${PIPELINE} pipelined GETs, one server`, 1, PIPELINE);
benchPath(`${PIPELINE} pipelined GETs, 4 servers`, 4, PIPELINE);
benchPath("one GET, one server", 1, 1);
