/**
 * Servers that answer in unusual ways or break the protocol: each client gets one reply per request, its own.
 *
 * `tw#` is a thread of twemproxy's tracker where that went wrong.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { eventually, sleep } from "../support/process.ts";
import { type Proxy } from "../support/proxy.ts";
import { connect, joinBytes, ReplyError, resp, type WireClient } from "../support/wire.ts";
import { answering, FakeServer } from "./fake_server.ts";
import { startRedisProxy } from "./redis_pool.ts";

const encoder = new TextEncoder();

/** The reply that a fake server gives for a key, which tells whose it is. */
function replyFor(key: string): string {
  return `$${key.length + 6}\r\nvalue-${key}\r\n`;
}

/** A server that gathers as many requests as there are replies and sends these in two pieces. */
function sendingInTwo(replies: () => readonly [count: number, bytes: Uint8Array, cut: number]): FakeServer {
  return new FakeServer(async (connection) => {
    for (;;) {
      await connection.readReply();
      const [count, bytes, cut] = replies();
      for (let i = 1; i < count; i++) await connection.readReply();
      if (cut > 0) {
        await connection.send(bytes.subarray(0, cut));
        // Long enough for the proxy to read the first piece by itself.
        await sleep(1);
      }
      await connection.send(bytes.subarray(cut));
    }
  });
}

/** Sends one request per reply over two clients in turn, for every place where the replies can be cut in two. */
async function throughTwoClients(replies: readonly string[]): Promise<void> {
  const bytes = encoder.encode(replies.join(""));
  let cut = 0;
  await using server = sendingInTwo(() => [replies.length, bytes, cut]);
  await using proxy = await startRedisProxy([`${server.address}:1`]);
  using even = await proxy.connect();
  using odd = await proxy.connect();
  for (cut = 0; cut < bytes.length; cut++) {
    for (const i of replies.keys()) await (i % 2 === 0 ? even : odd).send(resp("GET", `k${i}`));
    // The order in which the proxy reads the clients is its own, so the clients' replies are compared as a set.
    const got: string[] = [];
    for (const i of replies.keys()) {
      got.push(new TextDecoder().decode((await (i % 2 === 0 ? even : odd).readReply()).bytes));
    }
    assertEquals(got.sort(), [...replies].sort(), `cut at ${cut}`);
  }
  const { pool } = await proxy.stats();
  assertEquals([pool.s0?.server_err ?? 0, pool.client_connections, pool.forward_error], [0, 2, 0]);
}

/** The same over one client, whose replies must come in order and byte by byte the same. */
async function throughOneClient(replies: readonly string[], cuts?: readonly number[]): Promise<void> {
  const bytes = encoder.encode(replies.join(""));
  const requests = joinBytes(replies.map((_, i) => resp("GET", `k${i}`)));
  let cut = 0;
  await using server = sendingInTwo(() => [replies.length, bytes, cut]);
  await using proxy = await startRedisProxy([`${server.address}:1`]);
  using client = await proxy.connect();
  for (cut of cuts ?? bytes.keys()) await client.exchange(requests, bytes);
  assertEquals(server.accepted, 1);
}

Deno.test("tw#404: an error without a space does not run into the next reply", async () => {
  const replies = ["-keyalreadyexists\r\n", replyFor("k1"), "-ERR\r\n", "-\r\n", replyFor("k4"), "-a b\r\n"];
  await throughOneClient(replies);
  await throughTwoClients(replies);
});

Deno.test("tw#537, tw#323: nested arrays with all that can be in them pass, wherever they are cut", async () => {
  const nested =
    "*3\r\n*1\r\n:1\r\n*2\r\n*0\r\n*-1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*2\r\n$-1\r\n+deep\r\n";
  const replies = ["*2\r\n$2\r\nro\r\n+OK\r\n", nested, "*2\r\n-ERR inside\r\n:-7\r\n", "*0\r\n", ":1\r\n"];
  await throughOneClient(replies);
});

Deno.test("tw#19: replies that end around a multiple of the buffer's size pass, wherever they are cut", async () => {
  for (const length of [16_306, 16_307, 16_370, 16_384, 32_642, 48_978, 65_314, 65_536]) {
    const value = `$${length}\r\n${"x".repeat(length)}\r\n`;
    const replies = [value, ":1\r\n", value];
    const middle = value.length;
    const cuts = [1, 2, 7, 8, 9, 16_383, 16_384, 16_385, length, 2 * length + 4];
    for (let offset = -4; offset <= 6; offset++) cuts.push(middle + offset);
    await throughOneClient(replies, cuts);
  }
});

Deno.test("tw#149: a reply that comes before the request was sent belongs to that request", async () => {
  const refusal = "-ERR too large\r\n";
  await using server = new FakeServer(async (connection) => {
    for (;;) {
      const head = await connection.readLine();
      const words: string[] = [];
      for (let i = Number(head.slice(1)); i > 0; i--) {
        const length = Number((await connection.readLine()).slice(1));
        // What is too large is refused as soon as its length is known, and then thrown away.
        if (length > 100_000) await connection.send(refusal);
        const bytes = await connection.readBytes(length + 2);
        if (length <= 100_000) words.push(new TextDecoder().decode(bytes).trimEnd());
      }
      if (words[0] === "GET") await connection.send(replyFor(words[1]));
    }
  });
  await using proxy = await startRedisProxy([`${server.address}:1`]);
  using client = await proxy.connect();
  using other = await proxy.connect();
  const large = resp("SET", "k", "x".repeat(4_000_000));
  for (let round = 0; round < 5; round++) {
    const sending = client.send(
      joinBytes([resp("GET", "a"), large, resp("GET", "b"), large, resp("GET", "c")]),
    );
    await other.exchange(resp("GET", `o${round}`), replyFor(`o${round}`));
    await client.expect(replyFor("a") + refusal + replyFor("b") + refusal + replyFor("c"));
    await sending;
    await other.exchange(resp("GET", "p"), replyFor("p"));
  }
  const { pool } = await proxy.stats();
  assertEquals(pool.forward_error, 0);
});

/** A proxy with one server that can be told to misbehave, and one client of each kind. */
interface Misbehaving extends AsyncDisposable {
  readonly proxy: Proxy;
  readonly server: FakeServer;
  readonly client: WireClient;
  readonly other: WireClient;
}

/** A server that answers GET, and for the key `bad` sends what it is told, and then hangs up if that is wanted. */
async function startMisbehaving(bytes: string, hangUp = false, timeout = 0): Promise<Misbehaving> {
  const server = new FakeServer(answering(async ([, key], connection) => {
    if (key !== "bad") return replyFor(key);
    await connection.send(bytes);
    if (hangUp) connection.close();
  }));
  const proxy = await startRedisProxy([`${server.address}:1`], { timeout });
  const client = await proxy.connect();
  const other = await proxy.connect();
  return {
    proxy,
    server,
    client,
    other,
    async [Symbol.asyncDispose]() {
      client.close();
      other.close();
      await proxy.stop();
      await server[Symbol.asyncDispose]();
    },
  };
}

const garbage: readonly (readonly [name: string, bytes: string])[] = [
  ["no RESP", "hello\r\n"],
  ["a wrong length", "$x\r\n"],
  ["a length below -1", "$-2\r\n"],
  ["a huge length", "$9999999999999\r\n"],
  ["a bulk string without its line end", "$1\r\nabc"],
  ["an array of nonsense", "*2\r\n?\r\n"],
  ["a huge array", "*9999999999999\r\n"],
  ["NUL bytes", "\0\0\0\0"],
];

for (const [name, bytes] of garbage) {
  Deno.test(`redis: a server that sends ${name} loses its connection, and nobody is given another's reply`, async () => {
    await using scene = await startMisbehaving(bytes);
    const { proxy, server, client, other } = scene;
    for (let round = 1; round <= 3; round++) {
      await client.send(joinBytes([resp("GET", "a"), resp("GET", "bad"), resp("PING")]));
      await client.expect(`${replyFor("a")}-ERR Invalid argument\r\n+PONG\r\n`);
      // A server that is given up may be left alone for a moment.
      await eventually(async () => await other.command("GET", "b") === "value-b", "it is connected to again");
      assertEquals((await proxy.stats()).pool[server.address].server_err, round);
    }
  });
}

Deno.test("redis: a server that sends more replies than it was asked for loses its connection", async () => {
  await using scene = await startMisbehaving("+one\r\n+two\r\n+three\r\n");
  const { proxy, server, client, other } = scene;
  for (let round = 1; round <= 5; round++) {
    await client.exchange(resp("GET", "bad"), "+one\r\n");
    await eventually(
      async () => (await proxy.stats()).pool[server.address].server_err === round,
      "it is given up",
    );
    await eventually(async () => await other.command("GET", "b") === "value-b", "it is connected to again");
    await client.exchange(joinBytes([resp("GET", "x"), resp("GET", "y")]), replyFor("x") + replyFor("y"));
  }
});

Deno.test("redis: a server that hangs up without a reply fails only the requests it had", async () => {
  await using scene = await startMisbehaving("", true);
  const { client, other } = scene;
  for (let round = 0; round < 5; round++) {
    await client.send(joinBytes([resp("GET", "a"), resp("GET", "bad"), resp("PING")]));
    await client.expect(`${replyFor("a")}-ERR Connection reset by peer\r\n+PONG\r\n`);
    await eventually(async () => await other.command("GET", "b") === "value-b", "it is connected to again");
  }
});

Deno.test("redis: a server that hangs up in the middle of a short reply fails the request", async () => {
  for (const part of ["$", "$10\r\n", "$10\r\nabc", "*2\r\n:1\r\n", "+hal", "$3\r\nabc\r"]) {
    await using scene = await startMisbehaving(part, true);
    const { client, other } = scene;
    await client.exchange(resp("GET", "bad"), "-ERR Connection reset by peer\r\n");
    await eventually(async () => await other.command("GET", "b") === "value-b", "it is connected to again");
    await client.exchange(resp("GET", "a"), replyFor("a"));
  }
});

Deno.test("redis: a server that hangs up in the middle of a long reply: the client is closed, not misled", async () => {
  await using scene = await startMisbehaving(`$1000000\r\n${"x".repeat(500_000)}`, true);
  const { client, other } = scene;
  await client.send(joinBytes([resp("GET", "bad"), resp("GET", "a")]));
  const got = new TextDecoder().decode(await readToClose(client));
  // Either it was told of the failure, or it got a beginning that can be taken for no whole reply.
  assert(
    got.startsWith("-ERR Connection reset by peer\r\n") || /^\$1000000\r\nx{0,500000}$/.test(got),
    `unexpected ${got.length} bytes, ${got.slice(0, 60)} … ${got.slice(-60)}`,
  );
  await eventually(async () => await other.command("GET", "b") === "value-b", "it is connected to again");
});

/** Reads to the end of the stream, or to a reset. */
async function readToClose(client: WireClient): Promise<Uint8Array> {
  const read: Uint8Array[] = [];
  try {
    for (;;) read.push(await client.readBytes(1));
  } catch {
    return joinBytes(read);
  }
}

Deno.test("redis: a silent server's late replies reach nobody", async () => {
  const release: (() => void)[] = [];
  await using server = new FakeServer(answering(async ([, key]) => {
    if (key.startsWith("slow")) await new Promise<void>((resolve) => release.push(resolve));
    return replyFor(key);
  }));
  await using proxy = await startRedisProxy([`${server.address}:1`], {
    timeout: 200,
    server_failure_limit: 1000,
  });
  using client = await proxy.connect();
  using other = await proxy.connect();
  for (let round = 0; round < 3; round++) {
    await client.send(joinBytes([resp("GET", `slow${round}`), resp("PING")]));
    await client.expect("-ERR Connection timed out\r\n+PONG\r\n");
    release.shift()!();
    await other.exchange(resp("GET", `fast${round}`), replyFor(`fast${round}`));
    await client.exchange(resp("GET", `mine${round}`), replyFor(`mine${round}`));
  }
  assertEquals(server.accepted, 1);
});

/** How a server may treat the proxy's own AUTH and SELECT, and what a client is told then. */
const greetings: readonly (readonly [name: string, auth: string, select: string, told: RegExp | null])[] = [
  ["takes both", "+OK\r\n", "+OK\r\n", null],
  ["refuses AUTH", "-WRONGPASS no\r\n", "-NOAUTH no\r\n", /^ERR AUTH failed: WRONGPASS no$/],
  [
    "knows no password",
    "-ERR no password is set\r\n",
    "+OK\r\n",
    /^ERR AUTH failed: ERR no password is set$/,
  ],
  ["refuses SELECT", "+OK\r\n", "-ERR DB index is out of range\r\n", /^ERR SELECT 2 failed: ERR DB index/],
  ["answers with garbage", "hello\r\n", "", /^ERR Invalid argument$/],
  ["answers too often", "+OK\r\n", "+OK\r\n+OK\r\n", /^ERR Invalid argument$/],
  ["says nothing", "", "", /^ERR Connection timed out$/],
  ["says nothing to SELECT", "+OK\r\n", "", /^ERR Connection timed out$/],
];

for (const [name, auth, select, told] of greetings) {
  Deno.test(`tw#294: the replies to the proxy's own AUTH and SELECT are swallowed when the server ${name}`, async () => {
    const data: string[] = [];
    await using server = new FakeServer(answering(([command, key]) => {
      if (command === "AUTH") return auth;
      if (command === "SELECT") return select;
      data.push(command);
      return replyFor(key);
    }));
    const directives = { redis_auth: "secret", redis_db: 2, timeout: 300 };
    await using proxy = await startRedisProxy([`${server.address}:1`], directives);
    using client = await proxy.connect();
    using other = await proxy.connect();
    for (const one of [client, other]) await one.exchange(resp("AUTH", "secret"), "+OK\r\n");
    for (let round = 0; round < 3; round++) {
      for (const one of [client, other]) await one.send(joinBytes([resp("GET", "a"), resp("GET", "b")]));
      for (const one of [client, other]) {
        for (const key of ["a", "b"]) {
          const { value } = await one.readReply();
          if (told === null) assertEquals(value, `value-${key}`);
          else assert(value instanceof ReplyError && told.test(value.text), JSON.stringify(value));
        }
      }
    }
    assertEquals(data.length, told === null ? 12 : 0);
  });
}

Deno.test("tw#294: a greeting that is answered byte by byte is swallowed", async () => {
  await using server = new FakeServer(answering(async ([command, key], connection) => {
    const reply = command === "AUTH" || command === "SELECT" ? "+OK\r\n" : replyFor(key);
    for (const char of reply) {
      await connection.send(char);
      await sleep(1);
    }
  }));
  await using proxy = await startRedisProxy([`${server.address}:1`], { redis_auth: "secret", redis_db: 2 });
  using client = await proxy.connect();
  await client.send(joinBytes([resp("AUTH", "secret"), resp("GET", "a"), resp("GET", "b")]));
  await client.expect(`+OK\r\n${replyFor("a")}${replyFor("b")}`);
});

Deno.test("redis: errors that say that a server cannot serve reach the client as they are", async () => {
  const errors = [
    "LOADING Redis is loading",
    "OOM command not allowed",
    "BUSY Redis is busy",
    "READONLY no",
    "MOVED 1 h:1",
  ];
  await using server = new FakeServer(answering(([, key]) => `-${errors[Number(key)] ?? "ERR"}\r\n`));
  await using proxy = await startRedisProxy([`${server.address}:1`]);
  using client = await proxy.connect();
  for (const [i, error] of errors.entries()) await client.exchange(resp("GET", i), `-${error}\r\n`);
  assertEquals(server.accepted, 1);
  using direct = await connect(server.port);
  await direct.exchange(resp("GET", "0"), `-${errors[0]}\r\n`);
});
