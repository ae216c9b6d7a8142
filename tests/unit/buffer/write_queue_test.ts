import { assert, assertEquals, assertThrows } from "@std/assert";
import { AssertionError } from "../../../src/base/assert.ts";
import { decode, encode } from "../../../src/base/ascii.ts";
import { MbufPool } from "../../../src/buffer/mbuf_pool.ts";
import { WriteQueue } from "../../../src/buffer/write_queue.ts";
import { fuzzTest, type Random } from "../../support/random.ts";

function append(queue: WriteQueue, text: string): void {
  const bytes = encode(`<${text}>`);
  queue.append(bytes, 1, bytes.length - 1);
}

/** A whole buffer of the pool with some bytes in the middle. */
function owned(pool: MbufPool, bytes: Uint8Array, start: number): Uint8Array<ArrayBuffer> {
  const buffer = pool.take(start + bytes.length);
  buffer.fill(0x21);
  buffer.set(bytes, start);
  return buffer;
}

function drain(queue: WriteQueue): string {
  let text = "";
  for (let front = queue.front(); front !== null; front = queue.front()) {
    text += new TextDecoder().decode(front);
    queue.written(front.length);
  }
  return text;
}

Deno.test("write queue: an empty one holds no buffer", () => {
  const pool = new MbufPool(512);
  const queue = new WriteQueue(pool);
  assertEquals([queue.bytes, queue.front(), pool.usage.usedBytes], [0, null, 0]);
  queue.clear();
  append(queue, "ab");
  assertEquals([queue.bytes, pool.usage.usedBytes], [2, 256]);
  assertEquals(drain(queue), "ab");
  assertEquals([queue.bytes, queue.front(), pool.usage.usedBytes], [0, null, 0]);
});

Deno.test("write queue: its buffer grows with what is in it, and is as large at once the next time", () => {
  const pool = new MbufPool(4096);
  const queue = new WriteQueue(pool);
  const text = "x".repeat(1500);
  for (const char of text) append(queue, char);
  assertEquals(pool.usage.usedBytes, 4096);
  assertEquals(queue.front()?.length, 1500);
  queue.written(1500);
  append(queue, "y");
  assertEquals(pool.usage.usedBytes, 2048);
  // What is being written stays where it is: more than fits behind it goes into another buffer.
  const front = queue.front()!;
  append(queue, "z".repeat(3000));
  assertEquals(String.fromCharCode(...front), "y");
  queue.written(1);
  assertEquals(drain(queue), "z".repeat(3000));
});

Deno.test("write queue: small pieces leave together, handed-over buffers as they are and in order", () => {
  const pool = new MbufPool(512);
  const queue = new WriteQueue(pool);
  append(queue, "a");
  append(queue, "b");
  const buffer = owned(pool, encode("LARGE"), 100);
  queue.appendOwned(buffer, 100, 105);
  append(queue, "c");
  assertEquals(queue.bytes, 8);
  assertEquals(queue.front(), encode("ab"));
  queue.written(2);
  assert(queue.front()!.buffer === buffer.buffer, "not copied");
  assertEquals(drain(queue), "LARGEc");
  assertEquals(pool.usage.usedBytes, 0);
});

Deno.test("write queue: an empty buffer that is handed over goes straight back", () => {
  const pool = new MbufPool(512);
  const queue = new WriteQueue(pool);
  queue.appendOwned(pool.take(1000), 7, 7);
  assertEquals([queue.bytes, queue.front(), pool.usage.usedBytes], [0, null, 0]);
});

Deno.test("write queue: what is being written stays as it is while more is appended", () => {
  const pool = new MbufPool(256);
  const queue = new WriteQueue(pool);
  append(queue, "first");
  const front = queue.front()!;
  for (let i = 0; i < 1000; i++) append(queue, "more");
  assertEquals(front, encode("first"));
  queue.written(5);
  assertEquals(drain(queue), "more".repeat(1000));
});

Deno.test("write queue: the last bytes can be taken back until they are being written", () => {
  const queue = new WriteQueue(new MbufPool(512));
  assertEquals(queue.retract(1), false);
  append(queue, "get a\r\n");
  assertEquals(queue.retract(2), true);
  append(queue, " b\r\n");
  assertEquals(queue.bytes, 9);
  assertEquals(decode(queue.front()!), "get a b\r\n");
  assertEquals(queue.retract(2), false, "it is being written");
  queue.written(5);
  // The rest of it has not been given to anybody yet.
  assertEquals(queue.retract(2), true);
  append(queue, " c\r\n");
  assertEquals(decode(queue.front()!), " b c\r\n");
  queue.written(4);
  assertEquals(queue.retract(2), false, "nothing would be left of it");
  queue.written(2);
  assertEquals([queue.retract(1), queue.bytes], [false, 0]);
});

Deno.test("write queue: the longer the backlog, the larger the chunks, up to a limit", () => {
  const pool = new MbufPool(512);
  const queue = new WriteQueue(pool);
  const piece = new Uint8Array(100);
  for (let i = 0; i < 20_000; i++) queue.append(piece, 0, 100);
  const lengths: number[] = [];
  for (let front = queue.front(); front !== null; front = queue.front()) {
    lengths.push(front.length);
    queue.written(front.length);
  }
  assertEquals(lengths[0], 512);
  assertEquals(Math.max(...lengths), 256 * 1024);
  assert(lengths.length < 30, `${lengths.length} writes`);
});

Deno.test("write queue: clearing gives everything back", () => {
  const pool = new MbufPool(512);
  const queue = new WriteQueue(pool);
  for (let i = 0; i < 10; i++) {
    append(queue, "x".repeat(700));
    queue.appendOwned(owned(pool, encode("y"), 0), 0, 1);
  }
  queue.written(10);
  queue.clear();
  assertEquals([queue.bytes, queue.front(), pool.usage.usedBytes], [0, null, 0]);
  append(queue, "again");
  assertEquals(drain(queue), "again");
});

Deno.test("write queue: writing more than there was is a defect", () => {
  const pool = new MbufPool(512);
  const queue = new WriteQueue(pool);
  append(queue, "ab");
  assertThrows(() => queue.written(3), AssertionError);
  const other = new WriteQueue(pool);
  other.appendOwned(owned(pool, encode("ab"), 0), 0, 2);
  assertThrows(() => other.written(3), AssertionError);
});

/** A plain list of bytes beside the queue. */
class Model {
  bytes: number[] = [];

  check(queue: WriteQueue): void {
    assertEquals(queue.bytes, this.bytes.length);
    const front = queue.front();
    if (front === null) return assertEquals(this.bytes.length, 0);
    assert(front.length > 0, "the front has something to write");
    assertEquals([...front], this.bytes.slice(0, front.length));
  }
}

function appendRandom(random: Random, pool: MbufPool, queue: WriteQueue, model: Model): void {
  const bytes = random.bytes(random.int(random.pick([4, 40, 400, 3000])));
  const start = random.int(20);
  if (random.chance(0.3)) {
    queue.appendOwned(owned(pool, bytes, start), start, start + bytes.length);
  } else {
    const source = new Uint8Array(start + bytes.length + random.int(3));
    source.set(bytes, start);
    queue.append(source, start, start + bytes.length);
    source.fill(0);
  }
  model.bytes.push(...bytes);
}

fuzzTest("write queue: it is a queue of bytes, whatever is done in whatever order", (random) => {
  const pool = new MbufPool(random.pick([1, 256, 1024]));
  for (let round = 0; round < 60; round++) {
    const queue = new WriteQueue(pool);
    const model = new Model();
    for (let step = 0; step < 150; step++) {
      if (random.chance(0.55)) appendRandom(random, pool, queue, model);
      const front = queue.front();
      if (front !== null && random.chance(0.6)) {
        // A write is under way: what it was given must not change, and then it takes a part.
        const before = [...front];
        while (random.chance(0.5)) appendRandom(random, pool, queue, model);
        assertEquals([...front], before);
        const count = random.chance(0.3) ? front.length : random.between(1, front.length);
        queue.written(count);
        model.bytes.splice(0, count);
        const last = random.between(1, 3);
        if (random.chance(0.5) && queue.retract(last)) model.bytes.length -= last;
      }
      if (random.chance(0.02)) {
        queue.clear();
        model.bytes = [];
        assertEquals(pool.usage.usedBytes, 0);
      }
      model.check(queue);
    }
    for (let front = queue.front(); front !== null; front = queue.front()) {
      model.check(queue);
      model.bytes.splice(0, front.length);
      queue.written(front.length);
    }
    model.check(queue);
    assertEquals(pool.usage.usedBytes, 0);
  }
});
