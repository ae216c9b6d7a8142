import { assertEquals, assertRejects } from "@std/assert";
import { memoryPair } from "./memory_transport.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

/** Reads once and gives the text; null at the end. */
async function read(
  end: { read(buffer: Uint8Array): Promise<number | null> },
  size = 100,
): Promise<string | null> {
  const buffer = new Uint8Array(size);
  const count = await end.read(buffer);
  return count === null ? null : new TextDecoder().decode(buffer.subarray(0, count));
}

/** Whether a promise is settled once all that can run has run. */
async function settled(promise: Promise<unknown>): Promise<boolean> {
  let done = false;
  promise.then(() => done = true, () => done = true);
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
  return done;
}

Deno.test("memory transport: what one end writes the other reads, joined or in parts", async () => {
  const [a, b] = memoryPair();
  assertEquals(await a.write(bytes("hello ")), 6);
  assertEquals(await a.write(bytes("world")), 5);
  assertEquals(b.queuedBytes, 11);
  assertEquals(await read(b, 8), "hello wo");
  b.readBytesMax = 1;
  assertEquals(await read(b), "r");
  b.readBytesMax = Infinity;
  assertEquals(await read(b), "ld");
  assertEquals(a.writes, 2);
});

Deno.test("memory transport: a read waits for a write", async () => {
  const [a, b] = memoryPair();
  const pending = read(b);
  assertEquals(await settled(pending), false);
  await a.write(bytes("x"));
  assertEquals(await pending, "x");
});

Deno.test("memory transport: what was written does not change with the writer's array", async () => {
  const [a, b] = memoryPair();
  const data = bytes("x");
  await a.write(data);
  data[0] = 0;
  assertEquals(await read(b), "x");
});

Deno.test("memory transport: a full queue takes a part and makes the next write wait", async () => {
  const [a, b] = memoryPair({ capacityBytes: 4 });
  assertEquals(await a.write(bytes("abcdef")), 4);
  const pending = a.write(bytes("ef"));
  assertEquals(await settled(pending), false);
  assertEquals(await read(b, 1), "a");
  assertEquals(await pending, 1);
  b.capacityBytes = 100;
  assertEquals(await a.write(bytes("f")), 1);
  assertEquals(await read(b), "bcdef");
});

Deno.test("memory transport: half-close ends one direction after what was written", async () => {
  const [a, b] = memoryPair();
  await a.write(bytes("last"));
  await a.closeWrite();
  assertEquals(await read(b), "last");
  assertEquals(await read(b), null);
  await assertRejects(() => a.write(bytes("x")), Deno.errors.BrokenPipe);
  await b.write(bytes("reply"));
  assertEquals(await read(a), "reply");
});

Deno.test("memory transport: a close interrupts this end, ends the other", async () => {
  const [a, b] = memoryPair({ capacityBytes: 2 });
  await b.write(bytes("zz"));
  const interrupted = b.write(bytes("z"));
  await a.write(bytes("m"));
  const pending = assertRejects(() => read(b).then(() => read(a)), Deno.errors.BadResource);
  a.close();
  await assertRejects(() => interrupted, Deno.errors.BrokenPipe);
  await pending;
  assertEquals(await read(b), null);
  await assertRejects(() => b.write(bytes("x")), Deno.errors.BrokenPipe);
  await assertRejects(() => a.write(bytes("x")), Deno.errors.BadResource);
  b.close();
});

Deno.test("memory transport: a pending read of the end that closes is interrupted", async () => {
  const [a] = memoryPair();
  const pending = assertRejects(() => read(a), Deno.errors.Interrupted);
  a.close();
  await pending;
});

Deno.test("memory transport: a break fails what is pending and all that follows, on both ends", async () => {
  const [a, b] = memoryPair({ capacityBytes: 1 });
  await a.write(bytes("x"));
  const write = assertRejects(() => a.write(bytes("y")), Deno.errors.ConnectionReset);
  const read1 = assertRejects(() => read(a), Deno.errors.ConnectionReset);
  a.break();
  await write;
  await read1;
  await assertRejects(() => read(b), Deno.errors.ConnectionReset);
  await assertRejects(() => b.write(bytes("x")), Deno.errors.ConnectionReset);
});
