import { assertEquals } from "@std/assert";
import { encode } from "../../../src/base/ascii.ts";
import { loadConfig } from "../../../src/config/load.ts";
import { locateOffline } from "../../../src/proxy/locate.ts";
import { rigTest } from "../../support/proxy_rig.ts";

rigTest("proxy: a key is located where it is routed, with or without a ring", {
  servers: 3,
  pool: { distribution: "ketama" },
}, (rig) => {
  for (let i = 0; i < 100; i++) {
    const location = rig.proxy.locate("rig", encode(`k${i}`))!;
    assertEquals(location.server, `server${rig.serverOf(`k${i}`)}`);
    assertEquals(location, locateOffline(rig.pool.config, encode(`k${i}`), Math.random));
    const { hash, position, point } = location;
    assertEquals(position === 0 || (point !== null && point >= hash), true);
  }
  assertEquals(rig.proxy.locate("other", encode("k")), null);
  return Promise.resolve();
});

Deno.test("a pool without a ring has no place on it", () => {
  const file = "a:\n  listen: 127.0.0.1:1\n  distribution: modula\n  servers:\n  - 10.0.0.1:2:1 one\n";
  const [pool] = loadConfig("x.yml", file).pools;
  const { server, address, position, point } = locateOffline(pool, encode("k"), Math.random);
  assertEquals([server, address, position, point], ["one", "10.0.0.1:2", null, null]);
});
