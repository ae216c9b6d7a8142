import { assertEquals } from "@std/assert";
import { Admission } from "../../../src/proxy/admission.ts";
import { SHORTAGE_FORGET_MS, TURNED_AWAY_MAX } from "../../../src/proxy/limits.ts";
import { settle } from "../../support/memory_network.ts";
import { rigTest } from "../../support/proxy_rig.ts";

/** Lets clients in as long as there is room, at most so many; says how many came in. */
function fill(admission: Admission, count: number): number {
  let entered = 0;
  for (; entered < count && admission.hasRoom; entered++) admission.entered(true);
  return entered;
}

Deno.test("admission: without a limit everybody comes in, until descriptors run out", () => {
  const admission = new Admission();
  assertEquals(fill(admission, 1000), 1000);
  admission.ranShort(0);
  assertEquals(admission.hasRoom, false);
  for (let i = 0; i < 96; i++) admission.left(true);
  assertEquals(admission.hasRoom, false);
  admission.left(true);
  assertEquals(fill(admission, 10), 1);
  // What was learnt is kept: nobody has said that there are more.
  admission.recover(1e9);
  assertEquals(admission.hasRoom, false);
});

Deno.test("admission: a budget is gone back to when nothing has been short for a while", () => {
  const admission = new Admission();
  admission.limit(100);
  assertEquals(fill(admission, 1000), 100);
  admission.ranShort(5000);
  for (let i = 0; i < 25; i++) admission.left(true);
  assertEquals(fill(admission, 1000), 0);
  admission.recover(5000 + SHORTAGE_FORGET_MS);
  assertEquals(fill(admission, 1000), 0);
  admission.recover(5001 + SHORTAGE_FORGET_MS);
  assertEquals(fill(admission, 1000), 25);
  // More than before are never let in because of a shortage.
  admission.limit(10);
  admission.ranShort(6000);
  assertEquals(admission.hasRoom, false);
});

const FULL = "-ERR max number of clients reached\r\n";

rigTest(
  "admission: only some of those that are turned away may stay; all are told",
  { pool: { clientConnections: 1 } },
  async (rig) => {
    const first = await rig.client();
    const others = [];
    for (let i = 0; i < TURNED_AWAY_MAX + 20; i++) others.push(await rig.client());
    assertEquals(rig.pool.clientCount, 1 + TURNED_AWAY_MAX);
    for (const client of others) assertEquals(client.take(), FULL);
    assertEquals([rig.count("errorClientLimit"), rig.count("clientAccepted")], [52, 53]);
    for (const client of others) client.close();
    await settle();
    assertEquals([rig.pool.clientCount, rig.count("clientConnections")], [1, 1]);
    assertEquals(rig.count("clientEof") + rig.count("clientErr"), 52);
    first.close();
    await settle();
    const next = await rig.client();
    next.send("*1\r\n$4\r\nPING\r\n");
    await settle();
    assertEquals(next.take(), "+PONG\r\n");
    next.close();
    await settle();
  },
);
