/**
 * Users of a pool and users of its servers, with real servers.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { poolFile } from "../support/pool_file.ts";
import { eventually } from "../support/process.ts";
import { realTest } from "../support/programs.ts";
import { EXECUTABLE_VARIABLE, proxyProgram } from "../support/proxy.ts";
import { startRedis } from "../support/redis_server.ts";
import { makeScratchFolder, removeFolder } from "../support/start.ts";
import { connect, resp } from "../support/wire.ts";
import { redisPoolFile, startRedisPool, startRedisProxy } from "./redis_pool.ts";

const USERS =
  "[{user: app, password: hidden-app}, {user: reader, password: hidden-reader, read_only: true}, " +
  "{user: tenant, password: hidden-tenant, keys: ['t:']}]";

realTest(
  "redis-server",
  "clients log in as users of the pool, and the pool as a user of its servers",
  async () => {
    const args = ["--user", "default", "off", "--user", ..."proxy on >hidden-proxy ~* &* +@all".split(" ")];
    const directives = {
      client_auth: USERS,
      server_auth: "{user: proxy, password: hidden-proxy}",
      databases: 16,
    };
    const redis = { args };
    await using pool = await startRedisPool({ servers: 1, redis, directives });
    using client = await pool.connect();
    await client.exchange(resp("GET", "a"), "-NOAUTH Authentication required.\r\n");
    await client.exchange(resp("AUTH", "app", "hidden-app"), "+OK\r\n");
    await client.exchange(resp("SET", "a", "1"), "+OK\r\n");
    await client.exchange(resp("SET", "t:a", "2"), "+OK\r\n");
    await client.exchange(resp("ACL", "WHOAMI"), "$3\r\napp\r\n");
    using reader = await pool.connect();
    const hello = await reader.command("HELLO", "3", "AUTH", "reader", "hidden-reader");
    assert(hello !== null, "RESP3 with a login");
    await reader.exchange(resp("GET", "a"), "$1\r\n1\r\n");
    await reader.exchange(resp("GET", "none"), "_\r\n");
    const refusal = "-NOPERM User reader has no permissions to run the 'set' command\r\n";
    await reader.exchange(resp("SET", "a", "1"), refusal);
    await reader.exchange(resp("SELECT", "9"), "+OK\r\n");
    await reader.exchange(resp("GET", "a"), "_\r\n");
    using tenant = await pool.connect();
    await tenant.exchange(resp("AUTH", "tenant", "hidden-tenant"), "+OK\r\n");
    await tenant.exchange(resp("MGET", "t:a", "t:b"), "*2\r\n$1\r\n2\r\n$-1\r\n");
    await tenant.exchange(resp("MGET", "t:a", "a"), "-NOPERM No permissions to access a key\r\n");
    const list = String(await client.command("CLIENT", "LIST"));
    assertEquals([...list.matchAll(/ user=(\w+) /g)].map(([, name]) => name), ["app", "reader", "tenant"]);
    assertEquals(await client.command("CLIENT", "KILL", "USER", "tenant"), 1);
    await tenant.closed();
  },
);

realTest("redis-server", "a wrong login of the proxy is told, and no password anywhere", async () => {
  await using redis = await startRedis({ args: ["--user", "default", "off"] });
  const directives = { client_auth: USERS, server_auth: "{user: proxy, password: hidden-proxy}" };
  await using proxy = await startRedisProxy([`${redis.address}:1 s0`], directives);
  using client = await connect(proxy.listens[0]);
  await client.exchange(
    resp("AUTH", "app", "hidden-wrong"),
    "-WRONGPASS invalid username-password pair or user is disabled.\r\n",
  );
  await client.exchange(resp("AUTH", "app", "hidden-app"), "+OK\r\n");
  await client.send(resp("GET", "a"));
  const { value } = await client.readReply();
  const text = JSON.stringify(value);
  assert(text.includes("AUTH failed: WRONGPASS"), text);
  const http = Deno.createHttpClient({});
  const shown = await (await fetch(`http://127.0.0.1:${proxy.statsPort}/config`, { client: http })).text();
  http.close();
  assert(shown.includes('"user":"reader","password":"***","read_only":true'), shown);
  assert(proxy.log().includes("a client at 127.0.0.1 of pool 'pool' gave a wrong user or password\n"));
  for (const told of [shown, proxy.log()]) assert(!told.includes("hidden-"), told);
});

realTest("redis-server", "a reload changes who may do what, and disconnects nobody", async () => {
  await using pool = await startRedisPool({ directives: { client_auth: USERS } });
  using client = await pool.connect();
  await client.exchange(resp("AUTH", "app", "hidden-app"), "+OK\r\n");
  await client.exchange(resp("CLIENT", "SETNAME", "me"), "+OK\r\n");
  const users = "{user: app, password: hidden-new, read_only: true}";
  const file = poolFile(redisPoolFile([`${pool.servers[0].address}:1 s0`], { client_auth: users }));
  await Deno.writeTextFile(
    pool.proxy.configPath,
    file.replace(/listen: .*/, `listen: 127.0.0.1:${pool.proxy.listens[0]}`),
  );
  pool.proxy.signal("SIGHUP");
  await eventually(() => pool.proxy.log().includes("this is generation 2"), "the reload");
  await client.exchange(
    resp("SET", "a", "1"),
    "-NOPERM User app has no permissions to run the 'set' command\r\n",
  );
  await client.exchange(resp("GET", "a"), "$-1\r\n");
  await client.exchange(resp("CLIENT", "GETNAME"), "$2\r\nme\r\n");
  using other = await pool.connect();
  await other.exchange(
    resp("AUTH", "app", "hidden-app"),
    "-WRONGPASS invalid username-password pair or user is disabled.\r\n",
  );
  await other.exchange(resp("AUTH", "app", "hidden-new"), "+OK\r\n");
  const list = String(await other.command("CLIENT", "LIST"));
  assert(list.includes(" name=me "), list);
});

/** Runs `-t` on a file whose password is in a variable. */
async function testFile(path: string, permissions: readonly string[]): Promise<string> {
  const { command, args } = proxyProgram();
  const isSource = args[0] === "run";
  const { stderr } = await new Deno.Command(command, {
    args: [...(isSource ? ["run", ...permissions, ...args.slice(1)] : args), "-t", "-c", path],
    env: { NUTCRACKER_TEST_PASSWORD: "hidden-variable" },
    stdout: "null",
    stderr: "piped",
  }).output();
  return new TextDecoder().decode(stderr);
}

Deno.test("a password in a variable needs the permission to read that variable, and says so", async () => {
  const folder = await makeScratchFolder();
  try {
    const path = `${folder}/nutcracker.yml`;
    const user = "{user: app, password_env: NUTCRACKER_TEST_PASSWORD}";
    await Deno.writeTextFile(path, poolFile(redisPoolFile(["127.0.0.1:1:1"], { client_auth: user })));
    const refused = await testFile(path, []);
    assert(refused.includes("start the program with --allow-env=NUTCRACKER_TEST_PASSWORD\n"), refused);
    assertEquals(refused.trimEnd().split("\n").length, 2, refused);
    // The permissions of an executable are part of it.
    if (Deno.env.get(EXECUTABLE_VARIABLE)) return;
    const taken = await testFile(path, ["--allow-env=NUTCRACKER_TEST_PASSWORD"]);
    assert(taken.endsWith("syntax is ok\n"), taken);
  } finally {
    await removeFolder(folder);
  }
});
