import { assertEquals } from "@std/assert";
import { bindFailureText, commandsToTry, type DemoPool, demoText } from "../../../src/cachenode/demo_text.ts";
import type { TcpAddress } from "../../../src/net/address.ts";

function local(port: number): TcpAddress {
  return { transport: "tcp", hostname: "127.0.0.1", port };
}

const POOLS: readonly DemoPool[] = [
  {
    name: "hidden",
    protocol: "redis",
    listen: { transport: "unix", path: "/run/p.sock" },
    nodes: [local(7)],
  },
  { name: "a", protocol: "redis", listen: local(1), nodes: [local(2), local(3)] },
  { name: "b", protocol: "memcache", listen: local(4), nodes: [local(5)] },
  { name: "c", protocol: "redis", listen: local(6), nodes: [local(2)] },
];

Deno.test("demo text: one command for each protocol and one for the statistics", () => {
  assertEquals(commandsToTry(POOLS, local(9)), [
    String
      .raw`bash -c 'exec 3<>/dev/tcp/127.0.0.1/1; printf "set greeting hello\r\nget greeting\r\nquit\r\n" >&3; cat <&3'`,
    String
      .raw`bash -c 'exec 3<>/dev/tcp/127.0.0.1/4; printf "set greeting 0 0 5\r\nhello\r\nget greeting\r\nquit\r\n" >&3; cat <&3'`,
    `bash -c 'cat </dev/tcp/127.0.0.1/9; echo'`,
  ]);
});

Deno.test("demo text: the table lines up", () => {
  const lines = demoText(POOLS, local(9));
  assertEquals(lines.slice(3, 8), [
    "  POOL    PROTOCOL   CONNECT TO   CACHE NODES",
    "  hidden  redis      /run/p.sock  127.0.0.1:7",
    "  a       redis      127.0.0.1:1  127.0.0.1:2, 127.0.0.1:3",
    "  b       memcached  127.0.0.1:4  127.0.0.1:5",
    "  c       redis      127.0.0.1:6  127.0.0.1:2",
  ]);
  assertEquals(lines.includes("Statistics: http://127.0.0.1:9/"), true);
  assertEquals(lines.includes("If you have redis-cli: redis-cli -p 1 get greeting"), true);
});

Deno.test("demo text: a port that is taken is one line that names it and says what to do", () => {
  assertEquals(
    bindFailureText(local(1), "statistics", "Address already in use"),
    'Cannot listen on "127.0.0.1:1" for the statistics: Address already in use. Stop what uses the port, ' +
      "or name other ones in a copy of the configuration: deno task demo -c FILE -s STATS_PORT",
  );
});
