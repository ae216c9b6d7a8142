import { assertEquals } from "@std/assert";
import type { Address } from "../../../src/net/address.ts";
import { listenKind } from "../../../src/config/listen.ts";
import { compareNames } from "../../../src/config/names.ts";
import { serverKind } from "../../../src/config/server.ts";

function tcp(hostname: string, port: number): Address {
  return { transport: "tcp", hostname, port };
}

function unix(path: string): Address {
  return { transport: "unix", path };
}

const listens: readonly [text: string, address: Address, mode: number | null][] = [
  ["127.0.0.1:22121", tcp("127.0.0.1", 22121), null],
  ["0.0.0.0:1", tcp("0.0.0.0", 1), null],
  ["localhost:65535", tcp("localhost", 65535), null],
  ["cache_1.example-2.net:80", tcp("cache_1.example-2.net", 80), null],
  ["127.0.0.1:022121", tcp("127.0.0.1", 22121), null],
  ["127.1:1", tcp("127.1", 1), null],
  ["2130706433:1", tcp("2130706433", 1), null],
  ["0377.0.0.1:1", tcp("0377.0.0.1", 1), null],
  ["::1:22121", tcp("::1", 22121), null],
  ["[::1]:22121", tcp("::1", 22121), null],
  ["[::]:22121", tcp("::", 22121), null],
  ["[::ffff:127.0.0.1]:1", tcp("::ffff:127.0.0.1", 1), null],
  ["fe80::1%eth0:1", tcp("fe80::1%eth0", 1), null],
  // Not every address: so the reference has it.
  ["*:22121", tcp("localhost", 22121), null],
  ["/tmp/a.sock", unix("/tmp/a.sock"), null],
  ["/tmp/a.sock 0666", unix("/tmp/a.sock"), 0o666],
  ["/tmp/a.sock 777", unix("/tmp/a.sock"), 0o777],
  ["/tmp/a b 0600", unix("/tmp/a b"), 0o600],
  ["/tmp/a.sock:1", unix("/tmp/a.sock:1"), null],
  // What strtol makes of it: 0, and 0 leaves the mode as it is.
  ["/tmp/a.sock rwx", unix("/tmp/a.sock"), null],
  ["/tmp/a.sock 0", unix("/tmp/a.sock"), null],
  ["/tmp/a.sock ", unix("/tmp/a.sock"), null],
  ["/tmp/a.sock +0644", unix("/tmp/a.sock"), 0o644],
  ["/tmp/a.sock 0648", unix("/tmp/a.sock"), 0o64],
  [`/${"x".repeat(106)}`, unix(`/${"x".repeat(106)}`), null],
];

for (const [text, address, mode] of listens) {
  Deno.test(`listen: ${text.slice(0, 40)}`, () =>
    assertEquals(listenKind.parse(text), { text, address, mode }));
}

const servers: readonly [text: string, name: string, address: Address, weight: number][] = [
  ["127.0.0.1:6379:1", "127.0.0.1:6379", tcp("127.0.0.1", 6379), 1],
  ["127.0.0.1:6379:10 node1", "node1", tcp("127.0.0.1", 6379), 10],
  ["127.0.0.1:6379:1 a:b:c", "a:b:c", tcp("127.0.0.1", 6379), 1],
  // libmemcached's rule: the port belongs to the name unless it is memcached's own.
  ["127.0.0.1:11211:1", "127.0.0.1", tcp("127.0.0.1", 11211), 1],
  ["127.0.0.1:11211:1 node1", "node1", tcp("127.0.0.1", 11211), 1],
  ["127.0.0.1:011211:1", "127.0.0.1", tcp("127.0.0.1", 11211), 1],
  ["127.0.0.1:06379:1", "127.0.0.1:06379", tcp("127.0.0.1", 6379), 1],
  ["::1:6379:1", "::1:6379", tcp("::1", 6379), 1],
  ["[::1]:6379:1", "[::1]:6379", tcp("::1", 6379), 1],
  ["[::1]:11211:1", "[::1]", tcp("::1", 11211), 1],
  ["cache.example.net:6379:1", "cache.example.net:6379", tcp("cache.example.net", 6379), 1],
  ["*:6379:1", "*:6379", tcp("localhost", 6379), 1],
  // The colon stays in the name.
  ["/tmp/a.sock:1", "/tmp/a.sock:", unix("/tmp/a.sock"), 1],
  ["/tmp/a.sock:2 node1", "node1", unix("/tmp/a.sock"), 2],
  ["h:1:1 ", "", tcp("h", 1), 1],
  ["h:1:100000", "h:1", tcp("h", 1), 100000],
  // 32 bits, as in the reference: a weight decides where keys live.
  ["h:1:5000000000", "h:1", tcp("h", 1), 705032704],
];

for (const [text, name, address, weight] of servers) {
  Deno.test(`server: "${text}"`, () => assertEquals(serverKind.parse(text), { name, address, weight }));
}

const ordered: readonly [first: string, second: string][] = [
  ["", "a"],
  ["b", "aa"],
  ["Z", "a"],
  ["a1", "a2"],
  ["127.0.0.1:6379", "127.0.0.1:6380"],
  ["127.0.0.1:9", "127.0.0.1:10"],
  ["zz", "é1"],
  ["zz", "é"],
  ["\uffff", "\u{10000}"],
];

for (const [first, second] of ordered) {
  Deno.test(`"${first}" sorts before "${second}"`, () => {
    assertEquals(Math.sign(compareNames(first, second)), -1);
    assertEquals(Math.sign(compareNames(second, first)), 1);
    assertEquals(compareNames(first, first), 0);
  });
}
