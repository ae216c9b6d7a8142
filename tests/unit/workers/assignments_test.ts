import { assertEquals } from "@std/assert";
import type { PoolConfig } from "../../../src/config/config.ts";
import { Assignments, elsewhereOf } from "../../../src/workers/assignments.ts";
import { poolsOf } from "./pools.ts";

/** Pools on Unix sockets of these paths. */
function unixPools(...paths: string[]): PoolConfig[] {
  return paths.map((path) => {
    const [pool] = poolsOf({ alfa: ["a"] });
    return { ...pool, name: path, listen: { text: path, address: { transport: "unix", path }, mode: null } };
  });
}

Deno.test("where the kernel spreads clients, all listen on ports, and one on each Unix socket", () => {
  const assignments = new Assignments(2, true);
  const workerOf = assignments.prepare([...poolsOf({ alfa: ["a"] }), ...unixPools("/a", "/b", "/c")]);
  assertEquals([...workerOf], [["/a", 0], ["/b", 1], ["/c", 0]]);
  assertEquals([elsewhereOf(workerOf, 0), elsewhereOf(workerOf, 1)], [["/b"], ["/a", "/c"]]);
});

Deno.test("elsewhere, ports are spread over the workers too", () => {
  const workerOf = new Assignments(2, false).prepare(poolsOf({ a: ["a"], b: ["b"], c: ["c"] }));
  assertEquals([...workerOf], [["127.0.0.1:7000", 0], ["127.0.0.1:7001", 1], ["127.0.0.1:7002", 0]]);
});

Deno.test("an address stays where it is, and a new one goes to whoever has the fewest", () => {
  const assignments = new Assignments(3, true);
  assignments.commit(assignments.prepare(unixPools("/a", "/b", "/c")));
  const next = assignments.prepare(unixPools("/d", "/c", "/e", "/b"));
  assertEquals([...next], [["/c", 2], ["/b", 1], ["/d", 0], ["/e", 0]]);
  assertEquals(
    [...assignments.prepare(unixPools("/c"))],
    [["/c", 2]],
    "what is only prepared changes nothing",
  );
});
