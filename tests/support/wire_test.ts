import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { connect, Push, ReplyError, resp, RespError, type WireClient, WireError } from "./wire.ts";

const latin1 = (text: string): Uint8Array<ArrayBuffer> => Uint8Array.from(text, (c) => c.charCodeAt(0));

/** Runs a client against a peer that sends these bytes and closes. */
async function against(pieces: readonly string[], fn: (client: WireClient) => Promise<void>): Promise<void> {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const served = (async () => {
    using conn = await listener.accept();
    for (const piece of pieces) {
      const bytes = latin1(piece);
      for (let sent = 0; sent < bytes.length;) sent += await conn.write(bytes.subarray(sent));
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    await conn.closeWrite();
    while ((await conn.read(new Uint8Array(1024))) !== null);
  })();
  {
    using client = await connect((listener.addr as Deno.NetAddr).port);
    await fn(client);
  }
  await served;
}

Deno.test("wire: a request is encoded as bulk strings", () => {
  assertEquals(new TextDecoder().decode(resp("SET", "é", 5)), "*3\r\n$3\r\nSET\r\n$2\r\né\r\n$1\r\n5\r\n");
});

Deno.test("wire: expected bytes may come in pieces", () =>
  against(["+O", "K", "\r", "\n:1\r\n"], async (client) => {
    await client.expect("+OK\r\n");
    await client.expect(":1\r\n");
    await client.closed();
  }));

Deno.test("wire: a difference fails at once and shows both sides", () =>
  against(["+OK\r\n-ERR \xff"], async (client) => {
    await client.expect("+OK\r\n");
    const error = await assertRejects(() => client.expect("+PONG\r\n"), WireError);
    assertStringIncludes(error.message, 'expected "+PONG\\r\\n"');
    assertStringIncludes(error.message, 'got      "-ERR ');
  }));

Deno.test("wire: a close before the expected bytes is told", () =>
  against(["+O"], async (client) => {
    await assertRejects(() => client.expect("+OK\r\n"), WireError, "closed by the peer");
  }));

Deno.test("wire: closed() fails if something comes first", () =>
  against(["oops"], async (client) => {
    await assertRejects(() => client.closed(), WireError, 'got "oops"');
  }));

Deno.test("wire: lines, counted bytes and the rest", () =>
  against(["VALUE k 0 3\r\nab", "c\r\nEND\r\nrest"], async (client) => {
    assertEquals(await client.readLine(), "VALUE k 0 3");
    assertEquals(await client.readBytes(3), latin1("abc"));
    assertEquals(await client.readLine(), "");
    assertEquals(await client.readLine(), "END");
    assertEquals(await client.readToEnd(), latin1("rest"));
  }));

Deno.test("wire: replies of every type decode and keep their bytes", async () => {
  const table: [string, unknown][] = [
    ["+OK\r\n", "OK"],
    ["-ERR no\r\n", new ReplyError("ERR no")],
    [":-12\r\n", -12],
    [":9223372036854775807\r\n", 9223372036854775807n],
    ["$5\r\na\r\nbc\r\n", "a\r\nbc"],
    ["$0\r\n\r\n", ""],
    ["$-1\r\n", null],
    ["*-1\r\n", null],
    ["*0\r\n", []],
    ["*2\r\n*1\r\n:1\r\n$1\r\nx\r\n", [[1], "x"]],
    ["_\r\n", null],
    ["#t\r\n", true],
    [",1.5\r\n", 1.5],
    [",-inf\r\n", -Infinity],
    ["(3492890328409238509324850943850943825024385\r\n", 3492890328409238509324850943850943825024385n],
    ["!5\r\nERR x\r\n", new ReplyError("ERR x")],
    ["=7\r\ntxt:abc\r\n", "abc"],
    ["%1\r\n+k\r\n:1\r\n", new Map([["k", 1]])],
    ["~2\r\n:1\r\n:2\r\n", new Set([1, 2])],
    [">2\r\n+message\r\n+x\r\n", new Push(["message", "x"])],
    ["|1\r\n+ttl\r\n:9\r\n+value\r\n", "value"],
  ];
  for (const cut of [1, 2, 3, 1000]) {
    const all = table.map(([text]) => text).join("");
    const pieces = all.match(new RegExp(`[^]{1,${cut * 40}}`, "g"))!;
    await against(pieces, async (client) => {
      for (const [text, value] of table) {
        const reply = await client.readReply();
        assertEquals(reply.value, value as typeof reply.value);
        assertEquals(reply.bytes, latin1(text));
      }
      await client.closed();
    });
  }
});

Deno.test("wire: a large reply in many pieces after a small one", async () => {
  const body = "x".repeat(300_000);
  await against(
    ["+a\r\n$300000\r\n", body.slice(0, 100_000), body.slice(100_000), "\r\n+b\r\n"],
    async (client) => {
      assertEquals((await client.readReply()).value, "a");
      const reply = await client.readReply();
      assert(reply.value === body, "the body is complete");
      assertEquals(reply.bytes.length, 300_000 + 11);
      assertEquals((await client.readReply()).value, "b");
    },
  );
});

Deno.test("wire: what is no RESP is refused", async () => {
  for (const text of ["hello\r\n", "$x\r\n", "$2\r\nabcd", "*-2\r\n", ":1a\r\n", "#x\r\n", "\r\n"]) {
    await against([text], async (client) => {
      await assertRejects(() => client.readReply(), RespError);
    });
  }
});
