import { assertEquals, assertThrows } from "@std/assert";
import { ConfigError } from "../../../src/config/error.ts";
import { loadConfig } from "../../../src/config/load.ts";

interface Case {
  /** The file. */
  readonly text: string;
  /** Line and column of the first problem. */
  readonly at: readonly [line: number, column: number];
  /** How its reason begins. */
  readonly reason: string;
  /** What its reason says besides, as a part of it. */
  readonly hint?: string;
}

const HEAD = "a:\n  listen: 127.0.0.1:1\n  servers:\n  - h:1:1\n";

/** A file whose fifth line is wrong. */
function directive(line: string, column: number, reason: string, hint?: string): Case {
  return { text: `${HEAD}  ${line}\n`, at: [5, column], reason: `conf: directive ${reason}`, hint };
}

/** A file whose second line, `listen`, is wrong. */
function listen(value: string, reason: string, hint?: string): Case {
  const text = HEAD.replace("127.0.0.1:1", value);
  return { text, at: [2, 11], reason: `conf: directive "listen" ${reason}`, hint };
}

/** A file whose fourth line, a server, is wrong. */
function server(value: string, reason: string, hint?: string): Case {
  const text = HEAD.replace("h:1:1", value);
  return { text, at: [4, 5], reason: `conf: directive "servers" ${reason}`, hint };
}

const serverFormat =
  'has an invalid "hostname:port:weight [name]"or "/path/unix_socket:weight [name]" format string';
const tcpFormat = '"hostname:port:weight [name]" format string';

const cases: readonly Case[] = [
  // Directives.
  directive("colour: red", 3, '"colour" is unknown', "one of listen, redis, hash,"),
  directive("Hash: md5", 3, '"Hash" is unknown; did you mean "hash"?'),
  directive("sentinels: x", 3, '"sentinels" is unknown; one of listen, redis, hash,'),
  directive("tiemout: 400", 3, '"tiemout" is unknown; did you mean "timeout"?'),
  directive("eject_hosts: true", 3, '"eject_hosts" is unknown; did you mean "auto_eject_hosts"?'),
  directive("listen: 127.0.0.1:2", 11, '"listen" is a duplicate', '"127.0.0.1:2" given'),
  directive(
    "hash: fnv1a",
    9,
    '"hash" is not a valid hash',
    '"fnv1a" given, one of one_at_a_time, md5, crc16',
  ),
  directive("hash: fnv1a", 9, '"hash" is not', '; did you mean "fnv1a_64" or "fnv1a_32"?'),
  directive("distribution: ring", 17, '"distribution" is not a valid distribution', "ketama, modula, random"),
  directive(
    'hash_tag: "{"',
    13,
    '"hash_tag" is not a valid hash tag string with two characters',
    '"{" given',
  ),
  directive("timeout: 1s", 12, '"timeout" is not a number', '"1s" given, decimal digits'),
  directive("timeout: -1", 12, '"timeout" is not a number'),
  directive("timeout: 1.5", 12, '"timeout" is not a number'),
  directive('timeout: " 1"', 12, '"timeout" is not a number'),
  directive("backlog: 0x10", 12, '"backlog" is not a number'),
  directive("client_connections: many", 23, '"client_connections" is not a number'),
  directive("redis_db: a", 13, '"redis_db" is not a number'),
  directive("redis: yes", 10, '"redis" is not "true" or "false"', '"yes" given'),
  directive("redis: True", 10, '"redis" is not "true" or "false"'),
  directive("tcpkeepalive: 1", 17, '"tcpkeepalive" is not "true" or "false"'),
  directive("reuseport: 1", 14, '"reuseport" is not "true" or "false"'),
  directive("preconnect: on", 15, '"preconnect" is not "true" or "false"'),
  directive("auto_eject_hosts: no", 21, '"auto_eject_hosts" is not "true" or "false"'),
  directive("server_connections: 0", 23, '"server_connections:" cannot be 0'),
  directive("server_connections: x", 23, '"server_connections" is not a number'),
  directive("server_retry_timeout: x", 25, '"server_retry_timeout" is not a number'),
  directive("server_failure_limit: x", 25, '"server_failure_limit" is not a number'),
  directive('hash: ""', 9, '"hash" has an invalid value', "one_at_a_time"),
  directive('hash_tag: "\\0x"', 13, '"hash_tag" has an invalid value', "a zero byte"),
  directive("timeout: # none", 12, '"timeout" has an invalid value'),
  directive("redis_auth: x", 15, '"redis_auth:" is only valid for a redis pool'),
  { text: `${HEAD}  ? hash\n  : md4\n`, at: [6, 5], reason: 'conf: directive "hash" is not a valid hash' },
  // The address for clients.
  { text: "a:\n  servers:\n  - h:1:1\n", at: [1, 1], reason: 'conf: directive "listen:" is missing' },
  listen("22121", 'has an invalid "hostname:port" format string'),
  listen("127.0.0.1:0", 'has an invalid port in "hostname:port" format string', "1 to 65535"),
  listen("127.0.0.1:65536", 'has an invalid port in "hostname:port" format string'),
  listen('"127.0.0.1:"', 'has an invalid port in "hostname:port" format string'),
  listen("127.0.0.1:http", 'has an invalid port in "hostname:port" format string'),
  listen('":22121"', "has an invalid value", "host:port"),
  listen('"?:22121"', "has an invalid value", '"?" is no host'),
  listen('"[::1:22121"', "has an invalid value", '"[::1" is no host'),
  listen("256.0.0.1:22121", "has an invalid value", "256.0.0.1"),
  listen("127..0.1:22121", "has an invalid value", "127..0.1"),
  listen("::g:22121", "has an invalid value", "::g"),
  listen('"[127.0.0.1]:22121"', "has an invalid value"),
  listen("a b:22121", "has an invalid value"),
  listen("/tmp/x 1000", 'has an invalid file permission in "socket_path permission" format string', "0777"),
  listen("/tmp/x -1", 'has an invalid file permission in "socket_path permission" format string'),
  listen(`/${"x".repeat(107)}`, "has an invalid value", "at most 107 bytes, not 108"),
  // Servers.
  {
    text: "a:\n  listen: 127.0.0.1:1\n  hash:\n  - md5\n",
    at: [1, 1],
    reason: "conf: pool 'a' has no servers",
  },
  server("h", serverFormat, '"h" given, as in 127.0.0.1:6379:1'),
  server("h:1", serverFormat),
  server("h:1 name", serverFormat),
  server("/tmp/a", serverFormat),
  server("/tmp/a:b:1", serverFormat),
  server('":1:1"', serverFormat, "a host before the port"),
  server("h:1:x", `has an invalid weight in ${tcpFormat}`),
  server("h:1:-1", `has an invalid weight in ${tcpFormat}`),
  server('"h:1:"', `has an invalid weight in ${tcpFormat}`),
  server("h:1:1  name", `has an invalid weight in ${tcpFormat}`),
  server("h:1:3000000000", `has an invalid weight in ${tcpFormat}`),
  server("h:1:0", `has a zero weight in ${tcpFormat}`),
  server("/tmp/a:0", `has a zero weight in ${tcpFormat}`),
  server("h:0:1", `has an invalid port in ${tcpFormat}`),
  server("h:65536:1", `has an invalid port in ${tcpFormat}`),
  server("h:p:1", `has an invalid port in ${tcpFormat}`),
  server('""', "has an invalid value", "expected"),
  { text: `${HEAD}  - h:1:9\n`, at: [5, 5], reason: "conf: pool 'a' has servers with same name 'h:1'" },
  { text: `${HEAD}  - g:1:9 h:1\n`, at: [5, 5], reason: "conf: pool 'a' has servers with same name 'h:1'" },
  // Pools.
  {
    text: `${HEAD}b:\n  listen: 127.0.0.1:1\n  servers:\n  - h:1:1\n`,
    at: [6, 11],
    reason: "conf: pools 'a' and 'b' have the same listen address '127.0.0.1:1'",
  },
  {
    text: `${HEAD}${HEAD.replace("1:1", "1:2")}`,
    at: [5, 1],
    reason: "conf: 'x.yml' has pools with same name 'a'",
  },
  { text: HEAD.replace("a:", '"\\0":'), at: [1, 1], reason: "conf: 'x.yml' has a pool with a zero byte" },
  { text: HEAD.replace("a:", '"":'), at: [1, 1], reason: "conf: 'x.yml' has a pool without a name" },
  // Shape.
  { text: "", at: [1, 1], reason: "conf: 'x.yml' must contain only 1 document; found 0 documents" },
  {
    text: "# nothing\n",
    at: [1, 1],
    reason: "conf: 'x.yml' must contain only 1 document; found 0 documents",
  },
  { text: "a\n", at: [1, 1], reason: `conf: 'x.yml' has invalid empty "key:" at depth 0` },
  { text: "- a\n", at: [1, 1], reason: "conf: 'x.yml' has sequence at depth 0 instead of 2" },
  { text: "a:\n", at: [1, 1], reason: `conf: 'x.yml' has invalid mapping "key:" at depth 1` },
  {
    text: "listen: 127.0.0.1:1\n",
    at: [1, 1],
    reason: `conf: 'x.yml' has invalid mapping "key:" at depth 1`,
    hint: '"listen" is a directive, and belongs below the name of a pool',
  },
  {
    text: "servers:\n- h:1:1\n",
    at: [2, 1],
    reason: `conf: 'x.yml' has sequence at depth 1 instead of 2`,
    hint: '"servers" is a directive',
  },
  {
    text: `${HEAD}b: c\n`,
    at: [5, 1],
    reason: `conf: 'x.yml' has invalid mapping "key:" at depth 1`,
    hint: '"b"',
  },
  { text: "a:\n- b\n", at: [2, 1], reason: "conf: 'x.yml' has sequence at depth 1 instead of 2" },
  { text: "? - a\n: b\n", at: [1, 3], reason: "conf: 'x.yml' has sequence at depth 1 instead of 2" },
  { text: "? a: b\n: c\n", at: [1, 3], reason: `conf: 'x.yml' has more than one "key:value" at depth 1` },
  { text: "a:\n  hash: md5\n", at: [1, 1], reason: "conf: 'x.yml' missing sequence directive at depth 2" },
  { text: `${HEAD}  hash:\n    a: b\n`, at: [6, 5], reason: "conf: 'x.yml' has a depth greater than 2" },
  { text: "a:\n  servers:\n  - a: b\n", at: [3, 5], reason: "conf: 'x.yml' has a depth greater than 2" },
  {
    text: "a:\n  servers:\n  - - b\n",
    at: [3, 5],
    reason: "conf: 'x.yml' has more than one sequence directive",
  },
  {
    text: `${HEAD}  hash:\n  - md5\n`,
    at: [5, 3],
    reason: "conf: 'x.yml' has more than one sequence directive",
  },
  { text: "a:\n  ? - b\n  : c\n", at: [2, 5], reason: `conf: 'x.yml' has invalid "key:value" at depth 2` },
  // Tokens.
  { text: `---\n${HEAD}`, at: [1, 1], reason: "conf: document start token (5) is disallowed" },
  { text: `${HEAD}...\n`, at: [5, 1], reason: "conf: document end token (6) is disallowed" },
  { text: `%YAML 1.1\n---\n${HEAD}`, at: [1, 1], reason: "conf: version directive token (3) is disallowed" },
  { text: `%TAG ! !x\n---\n${HEAD}`, at: [1, 1], reason: "conf: tag directive token (4) is disallowed" },
  {
    text: "a: [b]\n",
    at: [1, 4],
    reason: "conf: flow sequence start token (10) is disallowed",
    hint: "quoted",
  },
  {
    text: `${HEAD}  hash_tag: {}\n`,
    at: [5, 13],
    reason: "conf: flow mapping start token (12) is disallowed",
  },
  { text: `${HEAD}  hash: &x md5\n`, at: [5, 9], reason: "conf: anchor token (19) is disallowed" },
  { text: `${HEAD}  hash: *x\n`, at: [5, 9], reason: "conf: alias token (18) is disallowed" },
  { text: `${HEAD}  hash: !!str md5\n`, at: [5, 9], reason: "conf: tag token (20) is disallowed" },
  // Not YAML.
  { text: `${HEAD}  hash: "md5\n`, at: [6, 1], reason: "conf: failed (err 3) to get the next yaml document" },
  { text: `${HEAD}  hash: %md5\n`, at: [5, 9], reason: "conf: failed (err 3) to get the next yaml document" },
  { text: `${HEAD}  hash: a: b\n`, at: [5, 9], reason: "conf: failed (err 3) to get the next yaml document" },
  {
    text: `${HEAD}  hash: m\x07d5\n`,
    at: [5, 10],
    reason: "conf: failed (err 2)",
    hint: "U+0007 is not allowed",
  },
];

for (const { text, at: [line, column], reason, hint } of cases) {
  Deno.test(`error at ${line}:${column} of ${JSON.stringify(text.slice(-60))}`, () => {
    const error = assertThrows(() => loadConfig("x.yml", text), ConfigError, reason);
    assertEquals(
      error.message.slice(0, `x.yml:${line}:${column}: ${reason}`.length),
      `x.yml:${line}:${column}: ${reason}`,
    );
    assertEquals([error.path, error.line, error.column], ["x.yml", line, column]);
    assertEquals(error.message.includes(hint ?? ""), true, `${error.message} says ${hint}`);
  });
}

Deno.test("an error names its directive and its value", () => {
  const error = assertThrows(() => loadConfig("x.yml", `${HEAD}  hash: fnv\n`), ConfigError);
  assertEquals([error.key, error.value, error.others.length], ["hash", "fnv", 0]);
});

Deno.test("an error never shows a password", () => {
  for (const extra of ["", "  redis: true\n  redis_auth: secret2\n"]) {
    const error = assertThrows(
      () => loadConfig("x.yml", `${HEAD}  redis_auth: secret\n${extra}`),
      ConfigError,
    );
    assertEquals(error.value, null);
    assertEquals(error.lines.join("\n").includes("secret"), false, error.message);
  }
});

Deno.test("all problems of a kind are reported, in the order of the file", () => {
  const text = "a:\n  listen: x\n  hash: x\n  servers:\n  - x\nb:\n  servers:\n  - h:1:1\n";
  const error = assertThrows(() => loadConfig("x.yml", text), ConfigError);
  assertEquals(error.lines.map((line) => line.split(" conf: ")[0]), [
    "x.yml:2:11:",
    "x.yml:3:9:",
    "x.yml:5:5:",
    "x.yml:6:1:",
  ]);
});

Deno.test("a column counts characters", () => {
  const error = assertThrows(() => loadConfig("x.yml", `${HEAD}  "\u{1f600}": 1\n  hash: \n`), ConfigError);
  assertEquals([error.line, error.column], [5, 3]);
  const tag = assertThrows(() => loadConfig("x.yml", `${HEAD}  "\u{1f600}": &x 1\n`), ConfigError);
  assertEquals([tag.line, tag.column], [5, 8]);
});
