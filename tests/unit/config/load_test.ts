import { assert, assertEquals, assertThrows } from "@std/assert";
import type { Config, PoolConfig } from "../../../src/config/config.ts";
import { ConfigError } from "../../../src/config/error.ts";
import { loadConfig, readConfig } from "../../../src/config/load.ts";

const MINIMAL = "a:\n  listen: 127.0.0.1:22121\n  servers:\n  - 127.0.0.1:6379:1\n";

/** Loads a pool that has one more directive than it needs. */
function poolWith(directive: string): PoolConfig {
  return loadConfig("x.yml", `${MINIMAL}  ${directive}\n`).pools[0];
}

Deno.test("a pool with the required directives has every default", () => {
  const config: Config = {
    path: "x.yml",
    pools: [{
      name: "a",
      listen: {
        text: "127.0.0.1:22121",
        address: { transport: "tcp", hostname: "127.0.0.1", port: 22121 },
        mode: null,
      },
      protocol: "memcache",
      hash: "fnv1a_64",
      hashTag: null,
      distribution: "ketama",
      timeoutMs: 0,
      connectTimeoutMs: 0,
      backlog: 512,
      clientConnections: 0,
      clientIdleTimeoutMs: 0,
      clientTimeoutMs: 60000,
      clientOutputBytesMax: 1048576,
      clientRequestsMax: 16384,
      privateConnections: 1024,
      redisAuth: null,
      redisDb: 0,
      databases: null,
      clientAuth: null,
      clientAuthFile: null,
      serverAuth: null,
      tcpKeepalive: false,
      reusePort: false,
      preconnect: false,
      autoEjectHosts: false,
      serverConnections: 1,
      serverRetryTimeoutMs: 30000,
      serverFailureLimit: 2,
      serverQueueBytesMax: 67108864,
      ejectPolicy: "rehash",
      ejectLast: true,
      allowDangerous: false,
      commands: null,
      partialFailure: "error",
      joinsGets: true,
      dnsRefreshMs: 30000,
      requestBytesMax: 1073741824,
      keyBytesMax: null,
      argumentsMax: 1048576,
      readyServersMin: 1,
      slowlogThresholdMs: 10,
      maskKeys: false,
      servers: [{
        name: "127.0.0.1:6379",
        address: { transport: "tcp", hostname: "127.0.0.1", port: 6379 },
        weight: 1,
      }],
    }],
  };
  assertEquals(loadConfig("x.yml", MINIMAL), config);
});

const directives: readonly [directive: string, field: keyof PoolConfig, value: unknown][] = [
  ["hash: one_at_a_time", "hash", "one_at_a_time"],
  ["hash: 'md5'", "hash", "md5"],
  ["hash: |-\n    jenkins", "hash", "jenkins"],
  ['hash: "md5"# comment', "hash", "md5"],
  ['hash_tag: "{}"', "hashTag", [0x7b, 0x7d]],
  ["hash_tag: $$", "hashTag", [0x24, 0x24]],
  ["hash_tag: é", "hashTag", [0xc3, 0xa9]],
  ["distribution: modula", "distribution", "modula"],
  ["distribution: random", "distribution", "random"],
  ["timeout: 400", "timeoutMs", 400],
  ["timeout: 0", "timeoutMs", 0],
  ["timeout: 007", "timeoutMs", 7],
  ["timeout: 99999999999", "timeoutMs", 2147483647],
  ["timeout: 3000000000", "timeoutMs", 2147483647],
  ["backlog: 1024", "backlog", 1024],
  ["client_connections: 100", "clientConnections", 100],
  ["redis: true", "protocol", "redis"],
  ['redis: "true"', "protocol", "redis"],
  ["redis: false", "protocol", "memcache"],
  ["redis_db: 3", "redisDb", 3],
  ["databases: 16", "databases", 16],
  ["tcpkeepalive: true", "tcpKeepalive", true],
  ["reuseport: true", "reusePort", true],
  ["preconnect: true", "preconnect", true],
  ["auto_eject_hosts: true", "autoEjectHosts", true],
  ["server_connections: 4", "serverConnections", 4],
  ["server_retry_timeout: 2000", "serverRetryTimeoutMs", 2000],
  ["server_failure_limit: 1", "serverFailureLimit", 1],
  ["connect_timeout: 250", "connectTimeoutMs", 250],
  ["client_idle_timeout: 5", "clientIdleTimeoutMs", 5],
  ["client_timeout: 0", "clientTimeoutMs", 0],
  ["client_output_buffer_limit: 4096", "clientOutputBytesMax", 4096],
  ["private_connections: 0", "privateConnections", 0],
  ["client_requests_limit: 1", "clientRequestsMax", 1],
  ["server_queue_limit: 0", "serverQueueBytesMax", 0],
  ["eject_policy: error", "ejectPolicy", "error"],
  ["eject_policy: miss", "ejectPolicy", "miss"],
  ["eject_last: false", "ejectLast", false],
  ["allow_dangerous: true", "allowDangerous", true],
  ["mget_on_error: nil", "partialFailure", "nil"],
  ["dns_refresh: 0", "dnsRefreshMs", 0],
  ["max_request_size: 1024", "requestBytesMax", 1024],
  ["max_key_size: 250", "keyBytesMax", 250],
  ["max_arguments: 2", "argumentsMax", 2],
  ["server_failure_limit: 0", "serverFailureLimit", 1],
];

for (const [directive, field, value] of directives) {
  Deno.test(`${JSON.stringify(directive)} sets ${field}`, () => {
    assertEquals(poolWith(directive)[field] as unknown, value);
  });
}

const passwords: readonly [text: string, bytes: string][] = [
  ["0123", "0123"],
  ["0x1F", "0x1F"],
  ["1e3", "1e3"],
  ["null", "null"],
  ["~", "~"],
  ["yes", "yes"],
  ["'with: colon # and hash'", "with: colon # and hash"],
  ['"tab\\tand\\u00e9"', "tab\tand\u00e9"],
  ["über", "über"],
  ["2001-01-01", "2001-01-01"],
];

for (const [text, expected] of passwords) {
  Deno.test(`redis_auth: ${text} is text`, () => {
    const pool = poolWith(`redis: true\n  redis_auth: ${text}`);
    assertEquals(new TextDecoder().decode(pool.redisAuth ?? undefined), expected);
  });
}

Deno.test("a pool's name is text, whatever it looks like", () => {
  for (const name of ["007", "0x1", "true", "null", "1.50", "a b", "ü"]) {
    assertEquals(loadConfig("x.yml", MINIMAL.replace("a:", `${name}:`)).pools[0].name, name);
  }
});

Deno.test("pools and servers come shorter name first, then by bytes", () => {
  const servers = ["bb", "a", "ab", "B", "é", "zz", "10", "9"].map((name) => `  - h:1:1 ${name}\n`).join("");
  const pool = (name: string, port: number) =>
    `${name}:\n  listen: 127.0.0.1:${port}\n  servers:\n${servers}`;
  const config = loadConfig("x.yml", pool("pool", 1) + pool("zoo", 2) + pool("abc", 3) + pool("Z", 4));
  assertEquals(config.pools.map(({ name }) => name), ["Z", "abc", "zoo", "pool"]);
  const expected = ["9", "B", "a", "10", "ab", "bb", "zz", "é"];
  for (const { servers } of config.pools) assertEquals(servers.map(({ name }) => name), expected);
});

Deno.test("everything is frozen", () => {
  const check = (value: unknown, path: string): void => {
    if (typeof value !== "object" || value === null || value instanceof Uint8Array) return;
    assert(Object.isFrozen(value), `${path} is frozen`);
    for (const [key, part] of Object.entries(value)) check(part, `${path}.${key}`);
  };
  check(loadConfig("x.yml", `${MINIMAL}  redis: true\n  redis_auth: x\n  hash_tag: $$\n`), "config");
});

Deno.test("which directive has the list is free, as in the reference", () => {
  const config = loadConfig("x.yml", "a:\n  servers: h:1:1 n\n  listen:\n  - 127.0.0.1:1\n");
  assertEquals(config.pools[0].servers.map(({ name }) => name), ["n"]);
  assertEquals(config.pools[0].listen.text, "127.0.0.1:1");
});

Deno.test("line breaks may be those of any system, and a byte order mark may come first", () => {
  const text = MINIMAL + MINIMAL.replace("a:", "b:").replace("22121", "22122");
  const expected = loadConfig("x.yml", text);
  for (const lineBreak of ["\r\n", "\r", "\x85", "\u2028", "\u2029"]) {
    const other = "\ufeff" + text.replaceAll("\n", lineBreak);
    assertEquals(loadConfig("x.yml", other), expected, JSON.stringify(lineBreak));
  }
});

Deno.test("a file is read as UTF-8 or UTF-16", () => {
  const expected = loadConfig("x.yml", MINIMAL);
  const units = [...`\ufeff${MINIMAL}`].map((character) => character.charCodeAt(0));
  const little = Uint8Array.from(units.flatMap((unit) => [unit & 0xff, unit >> 8]));
  const big = Uint8Array.from(units.flatMap((unit) => [unit >> 8, unit & 0xff]));
  for (const bytes of [new TextEncoder().encode(MINIMAL), little, big]) {
    assertEquals(readConfig("x.yml", () => bytes), expected);
  }
});

Deno.test("a file that cannot be opened is an error without a place", () => {
  const error = assertThrows(() => readConfig("nowhere.yml", (path) => Deno.readFileSync(path)), ConfigError);
  const message = "nowhere.yml: conf: failed to open configuration 'nowhere.yml': No such file or directory";
  assertEquals([error.message, error.line, error.column], [message, 0, 0]);
});

Deno.test("bytes that are no UTF-8 are an error with a place", () => {
  const bytes = new TextEncoder().encode(MINIMAL);
  bytes[MINIMAL.indexOf("servers")] = 0xff;
  const error = assertThrows(() => readConfig("x.yml", () => bytes), ConfigError, "not valid utf-8");
  assertEquals([error.line, error.column], [3, 3]);
});

Deno.test("the example files can be used", () => {
  const folder = new URL("../../../conf/", import.meta.url);
  const pools = (name: string) => readConfig(name, () => Deno.readFileSync(new URL(name, folder))).pools;
  const names = (name: string) => pools(name).map((pool) => pool.name);
  assertEquals(names("nutcracker.yml"), ["beta", "alpha", "delta", "gamma", "omega"]);
  assertEquals(names("nutcracker.leaf.yml"), ["leaf"]);
  assertEquals(names("nutcracker.root.yml"), ["root"]);
  assertEquals(names("demo.yml"), ["redis", "memcache"]);
  assertEquals(names("redis.yml"), ["cache", "store"]);
  assertEquals(names("memcached.yml"), ["sessions"]);
});
