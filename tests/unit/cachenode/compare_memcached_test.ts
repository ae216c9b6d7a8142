import { assertEquals } from "@std/assert";
import { systemClock } from "../../../src/base/clock.ts";
import { CacheNode } from "../../../src/cachenode/node.ts";
import { denoNetwork } from "../../../src/net/deno_network.ts";
import { startMemcached } from "../../support/memcached_server.ts";
import { realTest } from "../../support/programs.ts";
import { connect } from "../../support/wire.ts";

const LONG_KEY = "k".repeat(251);
const FULL_KEY = "k".repeat(250);

/** Conversations, each on a connection of its own and all on the same two servers. */
const CONVERSATIONS: readonly string[] = [
  "get none\r\n",
  "get\r\n",
  "gets\r\n",
  "get  spaced   keys \r\n",
  "set k 5 0 5\r\nhello\r\nget k\r\nget k none k\r\n",
  "set k 5 0 5\nhello\r\nget k\n",
  "set empty 0 0 0\r\n\r\nget empty\r\n",
  "set bin 0 0 4\r\n\r\n\r\n\r\nget bin\r\n",
  `set ${FULL_KEY} 0 0 1\r\nx\r\nget ${FULL_KEY}\r\n`,
  `get ${LONG_KEY}\r\n`,
  `get k ${LONG_KEY}\r\n`,
  `set ${LONG_KEY} 0 0 1\r\nx\r\n`,
  `touch ${LONG_KEY} 0\r\n`,
  `delete ${LONG_KEY}\r\n`,
  `incr ${LONG_KEY} 1\r\n`,
  "set k 0 0\r\n",
  "set k\r\n",
  "set\r\n",
  "set k 0 0 1 noreply extra\r\n",
  "set k x 0 1\r\nx\r\n",
  "set k -1 0 1\r\nx\r\n",
  "set k 4294967295 0 1\r\nx\r\nget k\r\n",
  "set k 4294967296 0 1\r\nx\r\n",
  "set k 0 x 1\r\nx\r\n",
  "set k 0 0 x\r\nx\r\n",
  "set k 0 0 -1\r\n",
  "set k 0 0 2\r\nabc\r\nget k\r\n",
  "set k 0 0 4\r\nab\r\nget k\r\n",
  "set k 0 -1 1\r\nx\r\nget k\r\n",
  "set k 0 1000 1\r\nx\r\nget k\r\n",
  "set k 0 2592001 1\r\nx\r\nget k\r\n",
  "set k 0 2000000000 1\r\nx\r\nget k\r\n",
  "set k 0 0 1 noreply\r\nx\r\nget k\r\n",
  "set k 0 0 2 noreply\r\nxyz\r\nget k\r\n",
  "set big 0 0 1\r\nx\r\n" + `set big 0 0 1048577\r\n${"v".repeat(1048577)}\r\nget big\r\n`,
  "add a1 1 0 1\r\n1\r\nadd a1 2 0 1\r\n2\r\nget a1\r\n",
  "replace r1 0 0 1\r\n1\r\nset r1 1 0 1\r\n2\r\nreplace r1 3 0 1\r\n4\r\nget r1\r\n",
  "append p1 0 0 1\r\n1\r\nset p1 7 0 1\r\nb\r\nappend p1 9 0 1\r\nc\r\nprepend p1 9 0 1\r\na\r\nget p1\r\n",
  "prepend p2 0 0 1\r\n1\r\n",
  "cas c1 0 0 1 1\r\nx\r\nset c1 0 0 1\r\ny\r\ncas c1 0 0 1 999999\r\nz\r\nget c1\r\n",
  "cas c1 0 0 1\r\nx\r\n",
  "cas c1 0 0 1 x\r\nx\r\n",
  "set n 0 0 2\r\n10\r\nincr n 5\r\ndecr n 7\r\nget n\r\nincr n 1\r\nget n\r\n",
  "set n 3 0 1\r\n1\r\ndecr n 100\r\nget n\r\n",
  "set n 0 0 20\r\n18446744073709551615\r\nincr n 2\r\nget n\r\n",
  "set n 0 0 3\r\nabc\r\nincr n 1\r\n",
  "set n 0 0 0\r\n\r\nincr n 1\r\n",
  "set n 0 0 2\r\n-1\r\nincr n 1\r\n",
  "incr none 1\r\ndecr none 1\r\n",
  "set n 0 0 1\r\n1\r\nincr n x\r\nincr n -1\r\nincr n 18446744073709551616\r\nincr n\r\nincr n 1 noreply\r\nget n\r\n",
  "set d 0 0 1\r\n1\r\ndelete d\r\ndelete d\r\n",
  "set d 0 0 1\r\n1\r\ndelete d 0\r\ndelete d 5\r\ndelete d 0 noreply\r\ndelete d 0 0\r\ndelete\r\n",
  "set d 0 0 1\r\n1\r\ndelete d noreply\r\nget d\r\n",
  "set t 0 0 1\r\n1\r\ntouch t 100\r\ntouch none 100\r\ntouch t x\r\ntouch t\r\ntouch t -1\r\nget t\r\n",
  "set t 0 0 1\r\n1\r\ngat 100 t none\r\ngat x t\r\ngat 100\r\ngat\r\ngats\r\n",
  "set t 0 0 1\r\n1\r\ngat -1 t\r\nget t\r\n",
  "set t 0 0 1\r\n1\r\ntouch t 100 noreply\r\nget t\r\n",
  "verbosity\r\nverbosity 1\r\nverbosity 1 noreply\r\n",
  "foo\r\nFOO bar\r\nGET k\r\nx\r\n\r\n \r\n",
  "set f 0 0 1\r\n1\r\nflush_all 100\r\nget f\r\nflush_all 0\r\nget f\r\n",
  "set f 0 0 1\r\n1\r\nflush_all\r\nget f\r\nflush_all noreply\r\nflush_all x\r\nflush_all 0 noreply\r\nflush_all -1\r\n",
  "flush_all 1 2 3 4\r\n",
  "get noreply\r\n",
  "set noreply 0 0 1\r\nx\r\nget noreply\r\ndelete noreply\r\n",
  "touch k noreply\r\nincr k noreply\r\nset k 0 0 noreply\r\nverbosity noreply\r\n",
  "set k 0 0 x noreply\r\nset k 0 0 1 extra\r\nx\r\n",
];

async function answer(port: number, request: string): Promise<string> {
  using client = await connect(port);
  await client.send(`${request}quit\r\n`);
  return new TextDecoder().decode(await client.readToEnd());
}

realTest("memcached", "memcache node: says what memcached says", async () => {
  const address = { transport: "tcp", hostname: "127.0.0.1", port: 0 } as const;
  const report = (error: unknown) => {
    throw error;
  };
  await using node = new CacheNode("memcache", address, { network: denoNetwork, clock: systemClock, report });
  await using memcached = await startMemcached();
  const port = node.address.transport === "tcp" ? node.address.port : 0;
  for (const request of CONVERSATIONS) {
    const shown = `reply to ${JSON.stringify(request.slice(0, 200))}`;
    assertEquals(await answer(port, request), await answer(memcached.port, request), shown);
  }
});
