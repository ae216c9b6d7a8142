import { assertEquals } from "@std/assert";
import type { Address } from "../../../src/net/address.ts";
import { NameWatch } from "../../../src/proxy/name_watch.ts";
import { MemoryNetwork, settle } from "../../support/memory_network.ts";

const PERIOD_MS = 1000;

function watched(
  address: Address,
  periodMs = PERIOD_MS,
): { network: MemoryNetwork; seen: string[]; watch: NameWatch } {
  const network = new MemoryNetwork();
  const seen: string[] = [];
  const watch = new NameWatch(network, address, periodMs, (addresses) => seen.push(addresses.join(" ")));
  return { network, seen, watch };
}

const CACHE: Address = { transport: "tcp", hostname: "cache.example", port: 6379 };

Deno.test("a changed address is told once, at the first look after it changed", async () => {
  const { network, seen, watch } = watched(CACHE);
  network.names.set("cache.example", ["10.0.0.1"]);
  for (const nowMs of [0, 999, 1000, 2000]) {
    watch.tick(nowMs);
    await settle();
  }
  assertEquals(seen, []);
  network.names.set("cache.example", ["10.0.0.2", "10.0.0.3"]);
  watch.tick(2999);
  await settle();
  assertEquals(seen, []);
  for (const nowMs of [3000, 4000, 5000]) {
    watch.tick(nowMs);
    await settle();
  }
  assertEquals(seen, ["10.0.0.2 10.0.0.3"]);
});

Deno.test("a name that cannot be resolved for a while has not changed", async () => {
  const { network, seen, watch } = watched(CACHE);
  network.names.set("cache.example", ["10.0.0.1"]);
  watch.tick(0);
  await settle();
  network.names.delete("cache.example");
  watch.tick(1000);
  await settle();
  network.names.set("cache.example", ["10.0.0.1"]);
  watch.tick(2000);
  await settle();
  assertEquals(seen, []);
  network.names.set("cache.example", ["10.0.0.9"]);
  watch.tick(3000);
  await settle();
  assertEquals(seen, ["10.0.0.9"]);
});

Deno.test("only names are looked up, and only if it is asked for", async () => {
  const addresses: Address[] = [
    { transport: "tcp", hostname: "127.0.0.1", port: 1 },
    { transport: "tcp", hostname: "::1", port: 1 },
    { transport: "unix", path: "/cache.example" },
  ];
  for (const [address, periodMs] of [...addresses.map((a) => [a, PERIOD_MS] as const), [CACHE, 0] as const]) {
    const { network, watch } = watched(address, periodMs);
    let looks = 0;
    network.resolve = () => {
      looks++;
      return Promise.resolve([]);
    };
    watch.tick(0);
    watch.tick(1e6);
    await settle();
    assertEquals(looks, 0);
  }
});
