/**
 * Logins at a memcached pool and of the pool at its servers, held against memcacheds that ask for passwords.
 *
 * @module
 */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { Op } from "../support/memcache_binary.ts";
import { binaryRequest, extrasOf } from "../support/memcache_binary.ts";
import { startMemcached } from "../support/memcached_server.ts";
import { PASSWORD, startSaslMemcached, startTextAuthMemcached, USER } from "../support/memcached_users.ts";
import { poolFile, type PoolValue } from "../support/pool_file.ts";
import { freePort } from "../support/ports.ts";
import { eventually } from "../support/process.ts";
import { realTest } from "../support/programs.ts";
import { type Proxy, startProxy } from "../support/proxy.ts";
import { makeScratchFolder, removeFolder } from "../support/start.ts";
import { connect, joinBytes, type WireClient } from "../support/wire.ts";

const CLIENT_AUTH = `[{user: ${USER}, password: ${PASSWORD}}]`;
const TOKEN = `${USER} ${PASSWORD}`;
const LOGIN = `set x 0 0 ${TOKEN.length}\r\n${TOKEN}\r\n`;

async function withFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await makeScratchFolder();
  try {
    await test(folder);
  } finally {
    await removeFolder(folder);
  }
}

function file(address: string, directives: Readonly<Record<string, PoolValue>>, port = freePort()): string {
  const pool = { listen: `127.0.0.1:${port}`, ...directives, servers: [`${address}:1 s0`] };
  return poolFile({ pool });
}

async function startPool(address: string, directives: Readonly<Record<string, PoolValue>>): Promise<Proxy> {
  return await startProxy({ pools: file(address, directives) });
}

/** Lines of one connection; each is answered with one line. */
const TEXT: readonly string[] = [
  "get a\r\n",
  "version\r\n",
  "mn\r\n",
  "quit\r\n",
  "nonsense\r\n",
  "set a 0 0\r\n",
  "set a 0 0 x\r\n",
  `add x 0 0 ${TOKEN.length}\r\n`,
  "set a 0 0 3\r\nabc\r\n",
  `set a 0 0 ${TOKEN.length}\r\n${TOKEN.replace("b", "p")}\r\n`,
  `set a 0 0 ${TOKEN.length - 1}\r\n${TOKEN.slice(1)}\r\n`,
  `set a 0 0 ${TOKEN.length}\r\n${TOKEN}xx`,
  "get a\r\n",
  LOGIN.replace("\r\n", " noreply\r\n"),
  "get none\r\n",
  "mn\r\n",
  LOGIN,
  "verbosity 1\r\n",
];

async function sayLines(client: WireClient): Promise<string[]> {
  const replies: string[] = [];
  for (const request of TEXT) {
    await client.send(request);
    replies.push(`${request} -> ${await client.readLine()}`);
  }
  return replies;
}

realTest("memcached", "text clients log in as with a memcached that has a file of passwords", async () => {
  await withFolder(async (folder) => {
    await using direct = await startTextAuthMemcached(folder);
    await using server = await startMemcached();
    await using proxy = await startPool(server.address, { client_auth: CLIENT_AUTH });
    using one = await connect(proxy.listens[0]);
    using other = await direct.connect();
    assertEquals(await sayLines(one), await sayLines(other));
    const log = proxy.log();
    assertEquals(log.split("a client at 127.0.0.1 of pool 'pool' gave a wrong user or password\n").length, 3);
    for (const cut of [1, 10, LOGIN.indexOf("\n") + 1, LOGIN.length - 1]) {
      using client = await connect(proxy.listens[0]);
      await client.send(LOGIN.slice(0, cut));
      await client.exchange(`${LOGIN.slice(cut)}get none\r\nmn\r\n`, "STORED\r\nEND\r\nMN\r\n");
    }
    using endless = await connect(proxy.listens[0]);
    await endless.send("x".repeat(5000));
    await endless.expect("CLIENT_ERROR unauthenticated\r\n");
    await endless.closed();
  });
});

const PLAIN = `\0${USER}\0${PASSWORD}`;

/** Binary conversations; each has a connection of its own, which may end before its last request. */
const BINARY: readonly (readonly Uint8Array[])[] = [
  [binaryRequest(Op.GET, { key: "k", opaque: 7 })],
  [binaryRequest(Op.SET, { key: "k", value: "v".repeat(100_000), extras: extrasOf(0, 0) })],
  [binaryRequest(Op.SETQ, { key: "k", value: "v", extras: extrasOf(0, 0) })],
  [binaryRequest(Op.VERSION), binaryRequest(Op.NOOP)],
  [binaryRequest(Op.QUIT)],
  [binaryRequest(Op.SASL_LIST, { opaque: 9 }), auth("PLAIN", PLAIN), binaryRequest(Op.NOOP)],
  [auth("plain", PLAIN), binaryRequest(Op.NOOP), binaryRequest(Op.GET, { key: "k" })],
  [auth("PLAIN", PLAIN), auth("PLAIN", `\0${USER}\0wrong`), binaryRequest(Op.NOOP)],
  [auth("PLAIN", `\0${USER}\0wrong`), auth("PLAIN", PLAIN), binaryRequest(Op.NOOP)],
  [auth("PLAIN", `${USER}${PLAIN}`), binaryRequest(Op.NOOP)],
  [auth("PLAIN", `eve${PLAIN}`), binaryRequest(Op.NOOP)],
  [auth("PLAIN", `${PLAIN}\0`)],
  [auth("PLAIN", USER)],
  [auth("PLAIN", `\0${USER}`)],
  [auth("CRAM-MD5", ""), auth("CRAM-MD5", PLAIN)],
  [auth("PLAIN", ""), step(PLAIN), binaryRequest(Op.NOOP)],
  [auth("PLAIN", ""), step(`\0${USER}\0wrong`), step(PLAIN), binaryRequest(Op.NOOP)],
  [step(PLAIN), binaryRequest(Op.NOOP)],
  [auth("PLAIN", PLAIN), step(PLAIN), binaryRequest(Op.NOOP)],
  [auth("", PLAIN)],
  [binaryRequest(0x77)],
];

function auth(key: string, value: string): Uint8Array {
  return binaryRequest(Op.SASL_AUTH, { key, value, opaque: 0x01020304 });
}

function step(value: string): Uint8Array {
  return binaryRequest(Op.SASL_STEP, { key: "PLAIN", value });
}

/** All replies of a conversation, and whether the connection ended. */
async function converse(client: WireClient, requests: readonly Uint8Array[]): Promise<string[]> {
  const said: string[] = [];
  for (const request of requests) {
    await client.send(request);
    const header = await client.readBytes(24);
    const body = await client.readBytes(new DataView(header.buffer).getUint32(8));
    // The server's CAS numbers are its own affair.
    header.fill(0, 16);
    said.push(new TextDecoder("latin1").decode(joinBytes([header, body])));
    if (header[7] === 0x20 && ![Op.SASL_AUTH, Op.SASL_STEP].includes(request[1] as 0x21)) {
      await client.closed();
      said.push("closed");
      break;
    }
  }
  return said;
}

realTest(
  ["memcached", "saslpasswd2"],
  "binary clients log in as with a memcached that has SASL",
  async () => {
    await withFolder(async (folder) => {
      await using direct = await startSaslMemcached(folder);
      await using server = await startMemcached();
      await using proxy = await startPool(server.address, { client_auth: CLIENT_AUTH });
      for (const requests of BINARY) {
        using one = await connect(proxy.listens[0]);
        using other = await direct.connect();
        assertEquals(await converse(one, requests), await converse(other, requests), String(requests));
      }
      // A login in pieces, and what follows it in the same piece.
      const login = auth("PLAIN", PLAIN);
      for (let cut = 1; cut < login.length; cut += 7) {
        using client = await connect(proxy.listens[0]);
        await client.send(login.subarray(0, cut));
        await client.send(joinBytes([login.subarray(cut), binaryRequest(Op.GET, { key: "none" })]));
        assertEquals((await client.readBytes(24 + "Authenticated".length))[7], 0);
        assertEquals((await client.readBytes(24))[7], 1);
      }
    });
  },
);

realTest(
  ["memcached", "saslpasswd2"],
  "the proxy logs in at servers by SASL, for binary clients",
  async () => {
    await withFolder(async (folder) => {
      await using server = await startSaslMemcached(folder);
      const server_auth = `{user: ${USER}, password: ${PASSWORD}}`;
      await using proxy = await startPool(server.address, { server_auth, preconnect: true });
      using client = await connect(proxy.listens[0]);
      const requests = [
        binaryRequest(Op.SET, { key: "k", value: "v", extras: extrasOf(0, 0) }),
        binaryRequest(Op.GET, { key: "k" }),
        binaryRequest(Op.NOOP),
      ];
      assertEquals((await converse(client, requests)).map((text) => text.charCodeAt(7)), [0, 0, 0]);
      using text = await connect(proxy.listens[0]);
      await text.send("get k\r\n");
      await text.expect("SERVER_ERROR the servers of this pool speak only the binary protocol\r\n");
      await text.closed();
      await using wrong = await startPool(server.address, {
        server_auth: `{user: ${USER}, password: hidden-no}`,
      });
      using other = await connect(wrong.listens[0]);
      const [reply] = await converse(other, [requests[1]]);
      assertStringIncludes(reply, "SASL AUTH failed: Auth failure.");
      assert(!`${reply}${wrong.log()}`.includes("hidden"));
    });
  },
);

realTest("memcached", "the proxy logs in at servers with a file of passwords, for text clients", async () => {
  await withFolder(async (folder) => {
    await using server = await startTextAuthMemcached(folder);
    const server_auth = `{user: ${USER}, password: ${PASSWORD}, sasl: false}`;
    await using proxy = await startPool(server.address, { server_auth, preconnect: true });
    using client = await connect(proxy.listens[0]);
    await client.exchange("set k 0 0 1\r\nv\r\nmg k v\r\n", "STORED\r\nVA 1\r\nv\r\n");
    using binary = await connect(proxy.listens[0]);
    const [reply] = await converse(binary, [binaryRequest(Op.NOOP)]);
    assertStringIncludes(reply, "do not speak the binary protocol");
    await using wrong = await startPool(server.address, {
      server_auth: `{user: ${USER}, password: hidden-no, sasl: false}`,
    });
    using other = await connect(wrong.listens[0]);
    await other.exchange("get k\r\n", "SERVER_ERROR login failed: CLIENT_ERROR authentication failure\r\n");
  });
});

realTest(
  "memcached",
  "a reload changes who may come in; who is in stays in as long as there is such a user",
  async () => {
    await using server = await startMemcached();
    await using proxy = await startPool(server.address, {});
    const port = Number(proxy.listens[0]);
    const reload = async (directives: Readonly<Record<string, PoolValue>>, generation: number) => {
      await Deno.writeTextFile(proxy.configPath, file(server.address, directives, port));
      proxy.signal("SIGHUP");
      await eventually(() => proxy.log().includes(`this is generation ${generation}`), "the reload");
    };
    using client = await connect(port);
    await client.exchange("set k 0 0 1\r\nv\r\n", "STORED\r\n");
    await reload({ client_auth: CLIENT_AUTH }, 2);
    await client.exchange("get k\r\n", "CLIENT_ERROR unauthenticated\r\n");
    await client.exchange(`${LOGIN}get k\r\n`, "STORED\r\nVALUE k 0 1\r\nv\r\nEND\r\n");
    await reload({ client_auth: `[{user: ${USER}, password: other}]` }, 3);
    await client.exchange("get none\r\n", "END\r\n");
    await reload({ client_auth: "[{user: eve, password: other}]" }, 4);
    await client.exchange("get none\r\n", "CLIENT_ERROR unauthenticated\r\n");
    await reload({}, 5);
    await client.exchange("get none\r\n", "END\r\n");
  },
);
