import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { MbufPool } from "../../../src/buffer/mbuf_pool.ts";
import { WriteQueue } from "../../../src/buffer/write_queue.ts";
import type { ServerFacts } from "../../../src/protocol/facts.ts";
import { mergeScan, readCursor, type ScanStep } from "../../../src/protocol/redis/scan.ts";
import { fuzzTest } from "../../support/random.ts";
import { fromLatin1, latin1, placed } from "./redis_feed.ts";

const FACTS = { isLive: true, release: null, requests: 0, requestBytes: 0, responseBytes: 0 };

function servers(...names: readonly string[]): ServerFacts[] {
  return names.map((name) => ({ ...FACTS, name, address: `${name}:6379` }));
}

function step(cursor: string, list: readonly ServerFacts[]): ScanStep {
  const found = readCursor(cursor, list);
  assert(!(found instanceof Uint8Array), `${cursor} is a cursor`);
  return found;
}

/** What the client gets when its server has answered with a cursor. */
function reply(note: number, cursor: bigint | string): string {
  const out = new WriteQueue(new MbufPool(256));
  const held = placed(latin1(`*2\r\n$${`${cursor}`.length}\r\n${cursor}\r\n*1\r\n$1\r\nk\r\n`), 3);
  mergeScan(note, { reply: () => held } as unknown as Parameters<typeof mergeScan>[1], out);
  const text = fromLatin1(out.front()!);
  return /^\*2\r\n\$\d+\r\n(\d+)\r\n\*1\r\n\$1\r\nk\r\n$/.exec(text)?.[1] ?? text;
}

fuzzTest("redis scan: a client's cursor leads back to the server and to the server's cursor", (random) => {
  for (let round = 0; round < 500; round++) {
    const list = servers(...Array.from({ length: random.between(1, 40) }, (_, i) => `s${i}`));
    let cursor = "0";
    for (let server = 0; server < list.length; server++) {
      for (let steps = random.int(3); steps > 0; steps--) {
        const at = step(cursor, list);
        assertEquals(at.server, server);
        const next = (BigInt(random.int(2 ** 30)) << BigInt(random.int(12))) + 1n;
        cursor = reply(at.note, next);
        assertEquals([step(cursor, list).server, step(cursor, list).cursor], [server, next]);
      }
      const last = step(cursor, list);
      assertEquals(last.server, server);
      cursor = reply(last.note, 0n);
      assertEquals(cursor === "0", server === list.length - 1, "0 is the end and nothing else");
    }
  }
});

Deno.test("redis scan: a cursor that does not fit is an error, never another cursor", () => {
  const list = servers("a", "b", "c");
  const { note } = step("0", list);
  const largest = (2n ** 64n - 1n) / 65_536n / 3n - 1n;
  assertEquals(step(reply(note, largest), list).cursor, largest);
  for (const cursor of [largest + 2n, 2n ** 63n, 2n ** 64n - 1n]) {
    assert(reply(note, cursor).startsWith("-ERR the cursor of the server is too large"));
  }
});

Deno.test("redis scan: what is no cursor of these servers is an error", () => {
  const list = servers("a", "b");
  for (const text of ["", "-1", "+1", " 0", "0x1", "1".repeat(21), `${2n ** 64n}`]) {
    assertEquals(fromLatin1(readCursor(text, list) as Uint8Array), "-ERR invalid cursor\r\n", text);
  }
  assertEquals(step("000", list).server, 0);
  const cursor = reply(step("0", list).note, 7n);
  const moved = [{ ...list[0], address: "z:1" }, list[1]];
  for (const other of [servers("a"), servers("a", "b", "c"), servers("b", "a"), servers("a", "x"), moved]) {
    assert(
      fromLatin1(readCursor(cursor, other) as Uint8Array).startsWith(
        "-ERR invalid cursor: the servers have changed",
      ),
    );
  }
  assertNotEquals(cursor, "7");
});
