import { assertEquals } from "@std/assert";
import { descriptorNeeds } from "../../../src/proxy/descriptor_needs.ts";
import { DESCRIPTORS_RESERVED } from "../../../src/proxy/limits.ts";
import { settle } from "../../support/memory_network.ts";
import { bulk, echo, requests, rigTest } from "../../support/proxy_rig.ts";

rigTest(
  "needs: connections in both versions, a probe per server, a listener per worker",
  { servers: 3 },
  (rig) => {
    const redis = { ...rig.config, serverConnections: 2, clientConnections: 10 };
    const memcache = { ...redis, protocol: "memcache", clientConnections: 20 } as const;
    const reserved = (...parts: number[]) => parts.reduce((sum, part) => sum + part, DESCRIPTORS_RESERVED);
    assertEquals(descriptorNeeds([redis], 1), { reserved: reserved(1, 3 * 5), clients: 10 });
    assertEquals(descriptorNeeds([redis, memcache], 1), { reserved: reserved(2, 3 * 5, 3 * 3), clients: 30 });
    // Every worker has a connection of its own to each server.
    assertEquals(descriptorNeeds([redis], 4), { reserved: reserved(4, 3 * 9), clients: 10 });
    assertEquals(descriptorNeeds([redis, { ...redis, clientConnections: 0 }], 1).clients, Infinity);
    return Promise.resolve();
  },
);

rigTest(
  "a want of descriptors is no failure of a server: it is not ejected, but there is room for it from then on",
  { pool: { autoEjectHosts: true, serverFailureLimit: 1 }, servers: 2, answer: echo },
  async (rig) => {
    const clients = [];
    for (let i = 0; i < 8; i++) clients.push(await rig.client());
    const [client] = clients;
    rig.network.failure = Object.assign(new Error("Too many open files (os error 24)"), { code: "EMFILE" });
    for (let i = 0; i < 20; i++) {
      client.send(requests(`GET key:${i}`));
      await rig.advance(100);
      assertEquals(client.take(), "-ERR Too many open files\r\n");
    }
    assertEquals(rig.count("serverEjects"), 0);
    rig.network.failure = null;
    await rig.advance(2000);
    for (const key of [...rig.keysOf(0, 1), ...rig.keysOf(1, 1)]) {
      client.send(requests(`GET ${key}`));
      await rig.advance(100);
      assertEquals(client.take(), bulk(`GET ${key}`));
    }
    const late = await rig.client();
    await rig.advance(100);
    assertEquals(late.take(), "-ERR max number of clients reached\r\n");
    for (const each of [...clients, late]) each.close();
    await settle();
  },
);
