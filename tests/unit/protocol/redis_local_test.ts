import { assert, assertEquals } from "@std/assert";
import { encode } from "../../../src/base/ascii.ts";
import { ANSWER, CONSULT, DONE, GATHER, MORE } from "../../../src/protocol/contract.ts";
import {
  type ClientFacts,
  NO_CLIENT,
  NO_POOL,
  type PoolFacts,
  type ServerRelease,
} from "../../../src/protocol/facts.ts";
import { COMMANDS, SupportCode } from "../../../src/protocol/redis/command.ts";
import { RESP2_DIALECT, RESP3_DIALECT } from "../../../src/protocol/redis/dialects.ts";
import { answerOf } from "../../../src/protocol/redis/local/answers.ts";
import { answerPeer } from "../../../src/protocol/redis/local/client_list.ts";
import { fitsGlob } from "../../../src/protocol/redis/local/glob.ts";
import { infoReply, infoSections } from "../../../src/protocol/redis/local/info.ts";
import { compareVersions, poolRelease } from "../../../src/protocol/redis/local/release.ts";
import { isAnsweredLater } from "../../../src/protocol/redis/transaction_requests.ts";
import { RedisRequestDecoder } from "../../../src/protocol/redis/request_decoder.ts";
import type { RedisSession, SessionOptions } from "../../../src/protocol/redis/session.ts";
import { resp } from "../../support/resp.ts";
import { fromLatin1, latin1, placed } from "./redis_feed.ts";

const OPTIONS: SessionOptions = { password: null, db: 0 };

/** A pool of the test's own, with clients that remember why they were closed. */
class TestPool {
  readonly peers = new WeakMap<ClientFacts, RedisSession>();
  readonly members: (ClientFacts & { reason: string | null })[] = [];
  readonly prepared: number[] = [];
  readonly facts: PoolFacts;

  constructor(facts: Partial<PoolFacts> = {}) {
    this.facts = {
      ...NO_POOL,
      name: "pool",
      address: "10.0.0.9:6379",
      clients: () => this.members,
      prepare: (dialect) => void this.prepared.push(dialect),
      ...facts,
    };
  }

  /** One more client: what it sends, and the reply; null if it is told nothing. */
  client(options: SessionOptions = OPTIONS): RedisRequestDecoder {
    const id = this.members.length;
    const client = {
      ...NO_CLIENT,
      id,
      peer: `10.0.0.1:${5000 + id}`,
      ageMs: 61_900,
      idleMs: 1_999,
      reason: null as string | null,
      close: (reason: string) => void (client.reason = reason),
    };
    this.members.push(client);
    return new RedisRequestDecoder(options, { client, pool: this.facts, peers: this.peers });
  }
}

function say(decoder: RedisRequestDecoder, line: string): string {
  const bytes = resp(...line.split(" ").map(latin1));
  assertEquals(decoder.decode(bytes, 0, bytes.length), DONE);
  return decoder.action === ANSWER ? fromLatin1(decoder.answer) : "forwarded";
}

function hello(version: number, id: number, head: string): string {
  return `${head}\r\n$6\r\nserver\r\n$5\r\nredis\r\n$7\r\nversion\r\n$5\r\n6.0.0\r\n$5\r\nproto\r\n:${version}\r\n` +
    `$2\r\nid\r\n:${id}\r\n$4\r\nmode\r\n$10\r\nstandalone\r\n$4\r\nrole\r\n$6\r\nmaster\r\n$7\r\nmodules\r\n*0\r\n`;
}

Deno.test("redis local: every row that says so has an answer, and no other", () => {
  const inSession = ["AUTH", "ECHO", "PING", "QUIT", "SELECT"];
  for (const command of COMMANDS) {
    const isLocal = command.supportCode === SupportCode.LOCAL && !inSession.includes(command.name);
    assertEquals(answerOf(command) !== undefined, isLocal || isAnsweredLater(command, false), command.name);
  }
});

Deno.test("redis local: HELLO chooses the protocol and the connections, RESET takes it back", () => {
  const pool = new TestPool();
  const client = pool.client();
  assertEquals(client.dialect, RESP2_DIALECT);
  assertEquals(say(client, "HELLO"), hello(2, 1, "*14"));
  assertEquals(pool.prepared, []);
  assertEquals(say(client, "hello 3 setname me"), hello(3, 1, "%7"));
  assertEquals(client.dialect, RESP3_DIALECT);
  assertEquals(pool.prepared, [RESP3_DIALECT]);
  assertEquals(say(client, "HELLO"), hello(3, 1, "%7"));
  assertEquals(say(client, "CLIENT GETNAME"), "$2\r\nme\r\n");
  assertEquals(say(client, "CONFIG GET none"), "%0\r\n");
  assertEquals(say(client, "HELLO 4"), "-NOPROTO unsupported protocol version\r\n");
  assertEquals(client.dialect, RESP3_DIALECT);
  assertEquals(say(client, "RESET"), "+RESET\r\n");
  assertEquals([client.dialect, say(client, "CLIENT GETNAME")], [RESP2_DIALECT, "$-1\r\n"]);
  assertEquals(say(client, "CONFIG GET none"), "*0\r\n");
});

Deno.test("redis local: HELLO 3 is unknown if a server does not speak RESP3, HELLO 2 is not", () => {
  const client = new TestPool({ speaks: (dialect) => dialect !== RESP3_DIALECT }).client();
  const unknown = "-ERR unknown command 'HELLO', with args beginning with: '3' \r\n";
  assertEquals(say(client, "HELLO 3"), unknown);
  assertEquals(say(client, "HELLO 3 AUTH a b"), unknown.replace("'3' ", "'3' 'AUTH' 'a' 'b' "));
  assertEquals(client.dialect, RESP2_DIALECT);
  assertEquals(say(client, "HELLO 2"), hello(2, 1, "*14"));
});

Deno.test("redis local: HELLO lets a client in, and nothing else before the login does", () => {
  const client = new TestPool().client({ password: encode("secret"), db: 0 });
  assertEquals(say(client, "HELLO 3").slice(0, 7), "-NOAUTH");
  assertEquals(say(client, "HELLO 3 AUTH default wrong").slice(0, 10), "-WRONGPASS");
  assertEquals(say(client, "HELLO 3 AUTH other secret").slice(0, 10), "-WRONGPASS");
  for (const line of ["CLIENT ID", "INFO", "TIME", "GET k", "CLIENT KILL ID 1"]) {
    assertEquals(say(client, line), "-NOAUTH Authentication required.\r\n");
  }
  assertEquals(client.dialect, RESP2_DIALECT);
  assertEquals(say(client, "HELLO 3 AUTH default secret"), hello(3, 1, "%7"));
  assertEquals(say(client, "GET k"), "forwarded");
  assertEquals(say(client, "RESET"), "+RESET\r\n");
  assertEquals(say(client, "GET k"), "-NOAUTH Authentication required.\r\n");
});

Deno.test("redis local: CLIENT LIST shows the pool's clients, CLIENT INFO the one that asks", () => {
  const pool = new TestPool();
  const [a, b] = [pool.client({ password: null, db: 3 }), pool.client()];
  say(a, "HELLO 3 SETNAME first");
  say(b, "CLIENT SETINFO LIB-NAME lib(v1)");
  say(b, "CLIENT SETINFO lib-ver 1.2");
  say(b, "HGET k f");
  const line = (id: number, name: string, rest: string) =>
    `id=${id} addr=10.0.0.1:${
      4999 + id
    } laddr=10.0.0.9:6379 fd=-1 name=${name} age=61 idle=1 flags=N ${rest}`;
  const memory =
    "qbuf=0 qbuf-free=0 argv-mem=0 multi-mem=0 rbs=0 rbp=0 obl=0 oll=0 omem=0 tot-mem=0 events=r";
  const lines = [
    line(
      1,
      "first",
      `db=3 sub=0 psub=0 ssub=0 multi=-1 ${memory} cmd=client|list user=default redir=-1 resp=3 `,
    ) +
    "lib-name= lib-ver=\n",
    line(2, "", `db=0 sub=0 psub=0 ssub=0 multi=-1 ${memory} cmd=hget user=default redir=-1 resp=2 `) +
    "lib-name=lib(v1) lib-ver=1.2\n",
  ];
  assertEquals(say(a, "CLIENT LIST").split("\r\n")[1], `txt:${lines.join("")}`);
  assertEquals(say(a, "CLIENT LIST ID 2 7").split("\r\n")[1], `txt:${lines[1]}`);
  assertEquals(say(a, "CLIENT LIST TYPE NORMAL").split("\r\n")[1], `txt:${lines.join("")}`);
  assertEquals(say(b, "CLIENT INFO").split("\r\n")[1], lines[1].replace("cmd=hget", "cmd=client|info"));
});

Deno.test("redis local: CLIENT KILL closes others at once, and oneself after the reply", () => {
  const pool = new TestPool();
  const [a] = [pool.client(), pool.client(), pool.client(), pool.client()];
  const killed = () => pool.members.flatMap(({ id, reason }) => reason === null ? [] : [id + 1]);
  assertEquals(say(a, "CLIENT KILL 10.0.0.1:5001"), "+OK\r\n");
  assertEquals(killed(), [2]);
  assertEquals(say(a, "CLIENT KILL ID 3 ADDR 10.0.0.1:1"), ":0\r\n");
  assertEquals(say(a, "CLIENT KILL ID 3 ADDR 10.0.0.1:5002 LADDR 10.0.0.9:6379 USER default"), ":1\r\n");
  assertEquals(killed(), [2, 3]);
  assertEquals(say(a, "CLIENT KILL TYPE pubsub"), ":0\r\n");
  assertEquals([say(a, "CLIENT KILL TYPE normal"), killed()], [":3\r\n", [2, 3, 4]]);
  assertEquals([say(a, "CLIENT KILL ID 1"), a.closing], [":0\r\n", false]);
  assertEquals([say(a, "CLIENT KILL ID 1 SKIPME no"), a.closing], [":1\r\n", true]);
  assertEquals(pool.members[0].reason, null);
});

Deno.test("redis local: CLIENT REPLY keeps quiet about requests of every kind", () => {
  const client = new TestPool().client();
  assertEquals(say(client, "CLIENT REPLY SKIP"), "");
  assertEquals([say(client, "GET k"), client.tag], ["forwarded", 1]);
  assertEquals([say(client, "GET k"), client.tag], ["forwarded", 0]);
  assertEquals(say(client, "CLIENT REPLY OFF"), "");
  for (
    const line of ["PING", "NOSUCH", "GET", "CLIENT FOO", "HELLO 3", "CLIENT REPLY x", "CLIENT REPLY SKIP"]
  ) {
    assertEquals(say(client, line), "", line);
  }
  assertEquals([say(client, "MGET a b"), client.tag, client.missReply(2)?.length], ["forwarded", 1, 0]);
  assertEquals(say(client, "CLIENT REPLY ON"), "+OK\r\n");
  assertEquals([say(client, "GET k"), client.tag], ["forwarded", 0]);
  say(client, "CLIENT REPLY OFF");
  assertEquals([say(client, "RESET"), say(client, "PING")], ["+RESET\r\n", "+PONG\r\n"]);
});

Deno.test("redis local: CLIENT REPLY SKIP is about one request, also about one that leaves in pieces", () => {
  const client = new TestPool().client();
  say(client, "CLIENT REPLY SKIP");
  const long = resp("SET", "k", "x".repeat(1000));
  for (let asked = 0; asked < 3; asked++) {
    assertEquals(client.decode(long, 0, 100), MORE);
    assertEquals([client.begin(long, 0, 100), client.tag], [true, 1]);
  }
  assertEquals([client.decode(long, 0, long.length), client.tag], [DONE, 1]);
  assertEquals([say(client, "GET k"), client.tag], ["forwarded", 0]);
});

Deno.test("redis local: a miss has the shape of the client's protocol", () => {
  const table: [string, string, string][] = [
    ["GET k", "$-1\r\n", "_\r\n"],
    ["HGETALL k", "*0\r\n", "%0\r\n"],
    ["SMEMBERS k", "*0\r\n", "~0\r\n"],
    ["LRANGE k 0 1", "*0\r\n", "*0\r\n"],
    ["HMGET k a b", "*2\r\n$-1\r\n$-1\r\n", "*2\r\n_\r\n_\r\n"],
    ["EXISTS k", ":0\r\n", ":0\r\n"],
  ];
  const client = new TestPool().client();
  for (const [version, column] of [["2", 1], ["3", 2]] as const) {
    say(client, `HELLO ${version}`);
    for (const row of table) {
      assertEquals([row[0], say(client, row[0])], [row[0], "forwarded"]);
      assertEquals(fromLatin1(client.missReply(1)!), row[column], row[0]);
    }
  }
});

Deno.test("redis local: CLIENT KILL MAXAGE closes whoever has been there so long", () => {
  const pool = new TestPool();
  const [a] = [pool.client(), pool.client()];
  assertEquals(say(a, "CLIENT KILL MAXAGE x"), "-ERR maxage is not an integer or out of range\r\n");
  assertEquals(say(a, "CLIENT KILL MAXAGE 0"), "-ERR maxage should be greater than 0\r\n");
  assertEquals(say(a, "CLIENT KILL MAXAGE 62"), ":0\r\n");
  assertEquals(say(a, "CLIENT KILL MAXAGE 61"), ":1\r\n");
  assertEquals(pool.members.map(({ reason }) => reason !== null), [false, true]);
});

Deno.test("redis local: where there are other event loops, they are asked, and what they say is added", () => {
  const pool = new TestPool({ peers: { tell: () => {} } });
  const [a] = [pool.client(), pool.client()];
  const conclude = (line: string, ...answers: string[]) => {
    assertEquals(say(a, line), "forwarded");
    assertEquals([a.action, a.keyCount], [CONSULT, 0]);
    return fromLatin1(a.consultation!.conclude(answers));
  };
  const listed = conclude("CLIENT LIST", "id=10 addr=x\nid=9 addr=y\n", "", "id=2000 addr=z\n");
  assertEquals([...listed.matchAll(/^id=(\d+) addr=/gm)].map(([, id]) => id), ["1", "2", "9", "10", "2000"]);
  assertEquals(conclude("CLIENT KILL ID 77", "0", "1"), ":1\r\n");
  assertEquals(conclude("CLIENT KILL 10.9.9.9:1", "0", "0"), "-ERR No such client\r\n");
  assertEquals(conclude("CLIENT KILL 10.9.9.9:1", "0", "1"), "+OK\r\n");
  assertEquals(conclude("CLIENT KILL TYPE normal SKIPME no", "3"), ":5\r\n");
  assert(a.closing, "the one who asks is closed when it has its reply");
  assertEquals(say(a, "CLIENT LIST FOO"), "-ERR syntax error\r\n", "nobody is asked what is wrong");
  const b = pool.client();
  say(b, "CLIENT REPLY OFF");
  assertEquals(say(b, "CLIENT LIST"), "forwarded");
  assertEquals(b.consultation!.conclude(["id=9 addr=y\n"]).length, 0);
});

Deno.test("redis local: other event loops see their own clients, and close them", () => {
  const pools = [new TestPool({ peers: { tell: () => {} } }), new TestPool()];
  const a = pools[0].client();
  const [b] = [pools[1].client({ ...OPTIONS }), pools[1].client()];
  say(b, "CLIENT SETNAME bee");
  const codec = (pool: TestPool) => (question: string) => answerPeer(question, pool.facts, pool.peers);
  assertEquals(say(a, "CLIENT LIST ID 1"), "forwarded");
  const lines = codec(pools[1])(a.consultation!.question);
  assert(/^id=1 addr=10.0.0.1:5000 .* name=bee .*\n$/.test(lines), lines);
  say(a, "CLIENT KILL ADDR 10.0.0.1:5001 TYPE normal USER default LADDR 10.0.0.9:6379 MAXAGE 1");
  assertEquals(codec(pools[1])(a.consultation!.question), "1");
  assertEquals(pools[1].members.map(({ reason }) => reason !== null), [false, true]);
});

Deno.test("redis local: INFO has redis' layout and the proxy's numbers", () => {
  const server = {
    name: "s0",
    address: "10.0.0.2:1",
    isLive: true,
    requests: 5,
    requestBytes: 50,
    responseBytes: 70,
  };
  const pool = new TestPool({
    serverFacts: () => [
      { ...server, release: redis("7.2.4") },
      { ...server, name: "s1", isLive: false, release: redis("7.0.15") },
    ],
    uptimeMs: 90_000_000,
    wallTimeMs: 1234.5,
    clientsTotal: 9,
    clientsConnected: 1,
    clientsMax: 100,
  });
  const client = pool.client();
  const numbers =
    "# Memory\r\nused_memory:1500000\r\nused_memory_rss:3000000\r\nmaxmemory:0\r\nmaxmemory_policy:x\r\n" +
    "connected_clients:3\r\nkeyspace_hits:4\r\nused_cpu_sys:0.25\r\n# Keyspace\r\n" +
    "db0:keys=3,expires=1,avg_ttl=100,subexpiry=0\r\ndb10:keys=1,expires=0,avg_ttl=0\r\n";
  const more = numbers.replace("expires=1,avg_ttl=100", "expires=3,avg_ttl=200").replace("db10", "db2");
  const replies = [numbers, "-ERR Connection refused", `txt:${more}`].map((text) => placed(latin1(text), 1));
  const info = fromLatin1(infoReply(pool.facts, infoSections([]), replies, 2));
  const text = info.split("\r\n").slice(1, -1).join("\n");
  assertEquals(
    text,
    "# Server\nredis_version:7.0.15\nredis_mode:standalone\ntcp_port:6379\nserver_time_usec:1234500\n" +
      "uptime_in_seconds:90000\nuptime_in_days:1\n\n# Clients\nconnected_clients:1\nmaxclients:100\nservers_connected_clients:6\nblocked_clients:0\n" +
      "tracking_clients:0\n\n# Memory\nused_memory:3000000\nused_memory_rss:6000000\nmaxmemory:0\n" +
      "used_memory_human:2.86M\nmaxmemory_policy:x\nmem_fragmentation_ratio:2.00\n\n# Persistence\nloading:0\n\n# Stats\ntotal_connections_received:9\n" +
      "total_commands_processed:10\ntotal_net_input_bytes:100\ntotal_net_output_bytes:140\nkeyspace_hits:8\n\n# Replication\n" +
      "role:master\nconnected_slaves:0\n\n# CPU\nused_cpu_sys:0.500000\n\n# Cluster\ncluster_enabled:0\n\n" +
      "# Keyspace\ndb0:keys=6,expires=4,avg_ttl=175\ndb2:keys=1,expires=0,avg_ttl=0\n" +
      "db10:keys=1,expires=0,avg_ttl=0\n\n# Proxy\n" +
      "proxy_name:nutcracker\nproxy_pool:pool\nproxy_servers:2\nproxy_servers_live:1\nproxy_servers_answered:2\n" +
      "proxy_server0:name=s0,addr=10.0.0.2:1,live=1,product=redis,version=7.2.4,requests=5\n" +
      "proxy_server1:name=s1,addr=10.0.0.2:1,live=0,product=redis,version=7.0.15,requests=5\n",
  );
  assertEquals(say(client, "info REPLICATION cluster").split("\r\n\r\n").length, 3);
  for (const line of ["INFO", "INFO everything", "INFO memory", "INFO server keyspace"]) {
    assertEquals([say(client, line), client.action], ["forwarded", GATHER], line);
  }
  assertEquals(infoSections(["EVERYTHING"]), infoSections([]));
  const down = new TestPool({ serverFacts: () => [{ ...server, isLive: false, release: null }] });
  assert(fromLatin1(infoReply(down.facts, infoSections([]), [], 3)).includes("\r\nloading:1\r\n"));
  assertEquals(down.prepared, [RESP3_DIALECT], "the version is looked for");
});

Deno.test("redis local: INFO tells a policy that all servers have, and numbers below 0 that they show unsigned", () => {
  const lines = (...texts: string[]): string[] => {
    const replies = texts.map((text) => placed(latin1(`$9\r\n# Memory\r\n${text}\r\n`), 1));
    return fromLatin1(infoReply(NO_POOL, infoSections(["MEMORY"]), replies, 2)).split("\r\n").slice(2, -2);
  };
  const policy = (name: string) => `maxmemory_policy:${name}`;
  assertEquals(lines(policy("noeviction"), policy("noeviction")), ["maxmemory_policy:noeviction"]);
  assertEquals(lines(policy("noeviction"), policy("allkeys-lru")), []);
  const dataset = (...texts: string[]) => lines(...texts.map((text) => `used_memory_dataset:${text}`));
  assertEquals(dataset("18446744073709550616", "5000"), ["used_memory_dataset:4000"]);
  assertEquals(dataset("18446744073709550616", "400"), ["used_memory_dataset:0"]);
  assertEquals(dataset("18446744073709550616.5").length, 1);
});

Deno.test("redis local: TIME and CONFIG GET", () => {
  const client = new TestPool({ wallTimeMs: 1_700_000_000_123.25, clientIdleTimeoutMs: 1500, clientsMax: 7 })
    .client();
  assertEquals(say(client, "TIME"), "*2\r\n$10\r\n1700000000\r\n$6\r\n123250\r\n");
  assertEquals(
    say(client, "CONFIG GET TIME* max*"),
    "*4\r\n$10\r\nmaxclients\r\n$1\r\n7\r\n$7\r\ntimeout\r\n$1\r\n2\r\n",
  );
  assertEquals(say(new TestPool().client(), "CONFIG GET maxclients"), "*0\r\n");
  assert(
    say(client, "CONFIG SET a b").startsWith("-ERR command 'CONFIG|SET' is not supported by this proxy"),
  );
  assert(say(client, "CONFIG NOSUCH").startsWith("-ERR unknown subcommand 'NOSUCH'"));
  const directives = [["timeout", "400"], ["hash_tag", "\u{1F600}"]] as const;
  const other = new TestPool().client({ ...OPTIONS, directives });
  assertEquals(say(other, "CONFIG GET timeout"), "*2\r\n$7\r\ntimeout\r\n$1\r\n0\r\n");
  assertEquals(
    say(other, "CONFIG GET pool.*"),
    "*4\r\n$12\r\npool.timeout\r\n$3\r\n400\r\n$13\r\npool.hash_tag\r\n$4\r\n\xf0\x9f\x98\x80\r\n",
  );
});

Deno.test("redis local: names are short and printable, for what else would break or fill the list", () => {
  const client = new TestPool().client();
  for (
    const [name, isFine] of [
      ["a!~", true],
      ["a".repeat(512), true],
      ["a".repeat(513), false],
      ["\x7f", false],
      ["\xe9", false],
      ["a\nb", false],
    ] as const
  ) {
    assertEquals(say(client, `CLIENT SETNAME ${name}`) === "+OK\r\n", isFine, JSON.stringify(name));
    assertEquals(say(client, `CLIENT SETINFO LIB-VER ${name}`) === "+OK\r\n", isFine, JSON.stringify(name));
  }
  assertEquals(say(client, "CLIENT SETINFO x y"), "-ERR Unrecognized option 'x'\r\n");
  assertEquals(say(client, "HELLO 3 a\r\nb"), "-ERR Syntax error in HELLO option 'a  b'\r\n");
});

Deno.test("redis local: globs", () => {
  const table: [string, string, boolean][] = [
    ["", "", true],
    ["*", "", true],
    ["a*c", "abbc", true],
    ["a*c", "abcb", false],
    ["*a*b*", "xxaxxbxx", true],
    ["?", "", false],
    ["?b*", "ab", true],
    ["abc", "ab", false],
    ["ab", "abc", false],
    ["*".repeat(50) + "b", "a".repeat(1000), false],
  ];
  for (const [pattern, text, fits] of table) {
    assertEquals(fitsGlob(pattern, text), fits, `${pattern} ${text}`);
  }
});

Deno.test("redis local: the lowest version counts, number by number", () => {
  assert(compareVersions("7.0.15", "7.2.0") < 0 && compareVersions("7.10.0", "7.9.9") > 0);
  assertEquals(compareVersions("8.0", "8.0.0"), 0);
  const of = (...versions: (string | null)[]) => {
    return poolRelease(poolOf(...versions.map((version) => version === null ? null : redis(version))));
  };
  assertEquals([of("7.2.0", "7.10.1"), of(null, "8.0.0"), of(null), of()], [
    { ...redis("7.2.0"), redisVersion: "7.2.0" },
    { ...redis("8.0.0"), redisVersion: "8.0.0" },
    { ...redis("6.0.0"), redisVersion: "6.0.0" },
    { ...redis("6.0.0"), redisVersion: "6.0.0" },
  ]);
});

Deno.test("redis local: valkey's own versions are not taken for those of redis", () => {
  const [older, newer] = ["8.1.1", "9.0.0"].map((version) => ({ product: "valkey", version, modules: [] }));
  const same = poolOf(newer, null, older);
  assertEquals(poolRelease(same), { ...older, redisVersion: "7.2.4" });
  const mixed = poolOf(older, redis("8.0.2"));
  assertEquals(poolRelease(mixed), { ...redis("7.2.4"), redisVersion: "7.2.4" });
  const server = fromLatin1(infoReply(same, infoSections(["SERVER"]), [], 2)).split("\r\n");
  assertEquals(server.slice(2, 6), [
    "redis_version:7.2.4",
    "server_name:valkey",
    "valkey_version:8.1.1",
    "server_mode:standalone",
  ]);
});

Deno.test("redis local: what servers are is also taken from their INFO, for which no RESP3 is needed", () => {
  const prepared: number[] = [];
  const pool = { ...poolOf(null, null), prepare: (dialect: number) => void prepared.push(dialect) };
  const answer = (...texts: string[]): string[] => {
    const replies = texts.map((text) => placed(latin1(`$9\r\n# Server\r\n${text}\r\nhz:10\r\n`), 1));
    return fromLatin1(infoReply(pool, infoSections(["SERVER"]), replies, 2)).match(/^\w+_version:.*$/gm) ??
      [];
  };
  const valkey = (version: string) =>
    `redis_version:7.2.4\r\nserver_name:valkey\r\nvalkey_version:${version}\r\nvalkey_release_stage:ga`;
  assertEquals(answer("redis_version:8.0.2", "redis_version:7.4.1"), ["redis_version:7.4.1"]);
  assertEquals(answer(valkey("9.0.1"), valkey("8.1.1")), ["redis_version:7.2.4", "valkey_version:8.1.1"]);
  assertEquals(answer(valkey("9.0.1"), "redis_version:8.0.2"), ["redis_version:7.2.4"]);
  assertEquals(prepared, []);
  assertEquals(answer("redis_version:much newer"), ["redis_version:6.0.0"]);
  assertEquals(prepared, [RESP3_DIALECT]);
});

Deno.test("redis local: HELLO names the modules that all servers have", () => {
  const [search, json, vectors] = ["search", "ReJSON", "vectorset"].map((name) => ({ name, version: 2 }));
  const pool = poolOf(
    { ...redis("8.0.2"), modules: [search, { ...vectors, version: 1 }] },
    { ...redis("8.0.2"), modules: [json, vectors] },
  );
  const client = new TestPool({ serverFacts: pool.serverFacts }).client();
  assertEquals(
    say(client, "HELLO").split("modules\r\n")[1],
    "*1\r\n*8\r\n$4\r\nname\r\n$9\r\nvectorset\r\n$3\r\nver\r\n:1\r\n$4\r\npath\r\n$0\r\n\r\n$4\r\nargs\r\n*0\r\n",
  );
});

/** A server that has told its version. */
function redis(version: string): ServerRelease {
  return { product: "redis", version, modules: [] };
}

/** A pool of servers that have told what they are, or not yet. */
function poolOf(...releases: (ServerRelease | null)[]): PoolFacts {
  const server = { name: "", address: "", isLive: true, requests: 0, requestBytes: 0, responseBytes: 0 };
  return { ...NO_POOL, serverFacts: () => releases.map((release) => ({ ...server, release })) };
}
