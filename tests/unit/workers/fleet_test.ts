import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import type { Address } from "../../../src/net/address.ts";
import { ListenError } from "../../../src/proxy/listeners.ts";
import type { FleetOptions } from "../../../src/workers/fleet.ts";
import { PlaneError } from "../../../src/workers/data_plane.ts";
import { STUCK_LOOKS_MAX, WATCH_MS } from "../../../src/workers/limits.ts";
import { settle } from "../../support/memory_network.ts";
import { FleetRig } from "./fleet_rig.ts";
import { poolsOf } from "./pools.ts";

const ONE = poolsOf({ alfa: ["a"] });
const TWO = poolsOf({ alfa: ["a"], beta: ["b"] });
const PLACES: Address[] = TWO.map(({ listen }) => listen.address);

async function started(pools = ONE, options: Partial<FleetOptions> = {}): Promise<FleetRig> {
  const rig = new FleetRig(pools, options);
  assertEquals(await rig.fleet.start(), pools.map(({ listen }) => listen.address));
  return rig;
}

Deno.test("a reload is prepared by all workers before any of them uses it", async () => {
  const rig = await started();
  const changes = await rig.fleet.reload(TWO);
  assertEquals(changes, [{ kind: "added", pool: "beta", ignored: [] }]);
  assertEquals(rig.isolates.map(({ heard }) => heard.filter((kind) => kind !== "others")), [
    ["start", "prepare", "commit", "prepare", "commit"],
    ["start", "prepare", "commit", "prepare", "commit"],
  ]);
  assertEquals([await rig.listening(PLACES[0]), await rig.listening(PLACES[1])], [[0, 1], [0, 1]]);
  assertEquals(rig.fleet.numbers().pools.map(({ name }) => name), ["alfa", "beta"]);
  assertEquals(await rig.fleet.reload(TWO), [], "nothing has changed");
  await rig.fleet.close();
});

Deno.test("what one worker cannot use, none uses", async () => {
  const rig = await started();
  const taken = rig.isolates[1].network.listen(PLACES[1], {
    backlog: 1,
    reusePort: true,
    keepAlive: false,
    mode: null,
  });
  const error = await assertRejects(() => rig.fleet.reload(TWO), PlaneError);
  assertStringIncludes(error.message, "bind for pool 'beta' to addr '127.0.0.1:7001' failed");
  taken.close();
  assertEquals(rig.isolates[0].heard.at(-1), "abort");
  assertEquals([await rig.listening(PLACES[0]), await rig.listening(PLACES[1])], [[0, 1], []]);
  assertEquals(rig.fleet.numbers().pools.map(({ name }) => name), ["alfa"]);
  assertEquals((await rig.fleet.reload(TWO)).length, 1, "and later it can");
  await rig.fleet.close();
});

Deno.test("a port that anybody has is refused before any worker is asked", async () => {
  const rig = await started();
  const taken = rig.network.listen(PLACES[1], { backlog: 1, reusePort: true, keepAlive: false, mode: null });
  await assertRejects(() => rig.fleet.reload(TWO), ListenError);
  assert(!rig.isolates[0].heard.includes("abort"));
  taken.close();
  const other = new FleetRig(TWO);
  other.network.listen(PLACES[0], { backlog: 1, reusePort: true, keepAlive: false, mode: null });
  await assertRejects(() => other.fleet.start(), ListenError);
  assertEquals(other.isolates.length, 0);
  await rig.fleet.close();
});

for (const phase of ["prepare", "commit"]) {
  Deno.test(`a worker that dies when it is to ${phase} comes back with what the others use`, async () => {
    const rig = await started();
    rig.isolates[0].diesOf = phase;
    assertEquals((await rig.fleet.reload(TWO)).length, 1);
    await rig.advance(20);
    assertEquals(rig.isolates.map(({ isTerminated }) => isTerminated), [true, false, false]);
    assertEquals(await rig.listening(PLACES[1]), [1, 2]);
    assertEquals(rig.fleet.numbers().workers.map(({ state }) => state), ["running", "running"]);
    await rig.fleet.close();
  });
}

Deno.test("a worker that cannot start ends the start, and nothing is left", async () => {
  const rig = new FleetRig(ONE);
  rig.onSpawn = (isolate) => isolate.diesOf = isolate.name === "worker 1" ? "start" : null;
  const error = await assertRejects(() => rig.fleet.start(), PlaneError);
  assertStringIncludes(error.message, "worker 1: Error: it cannot bear start");
  assertEquals(rig.isolates.map(({ isTerminated }) => isTerminated), [true, true]);
  await rig.advance(500);
  assertEquals(rig.isolates.length, 2, "it is not tried again");
});

Deno.test("a worker that dies again and again is started at ever longer intervals", async () => {
  const rig = await started();
  rig.onSpawn = (isolate) => isolate.diesOf = "commit";
  const starts: number[] = [];
  rig.isolates[0].diesOf = "drain";
  const count = () => rig.isolates.length;
  let before = count();
  rig.fleet.kill(0);
  for (let ms = 0; ms < 1600; ms += 10) {
    await rig.advance(10);
    if (count() > before) starts.push(ms);
    before = count();
  }
  const gaps = starts.slice(1).map((ms, i) => ms - starts[i]);
  assertEquals(starts[0] <= 10, true, "the first time at once");
  assertEquals(gaps.length, 4);
  for (const [i, gap] of gaps.entries()) assert(gap >= 100 * 2 ** i && gap <= 100 * 2 ** i + 40, `${gaps}`);
  rig.onSpawn = () => {};
  await rig.advance(2000);
  assertEquals(rig.fleet.numbers().workers[0].state, "running");
  await rig.fleet.close();
});

Deno.test("a worker that does not move is ended and replaced; the others go on", async () => {
  const rig = await started();
  rig.isolates[1].isStuck = true;
  // Its own timers run on in this isolate; a worker that is stuck has none.
  const { control } = rig.isolates[1].setup!;
  const stop = rig.clock.every(() => Atomics.store(control, 2, 7), 10);
  await rig.advance(STUCK_LOOKS_MAX * WATCH_MS + 2 * WATCH_MS);
  stop();
  assertEquals(rig.isolates.map(({ isTerminated }) => isTerminated), [false, true, false]);
  assert(
    rig.lines.some((line) => line.includes("worker 1 has ended, and 0 clients with it: it has not moved")),
  );
  await rig.fleet.close();
});

Deno.test("a restart starts the next isolate before the former one has ended", async () => {
  const rig = await started();
  const client = await connectTo(rig, 0);
  assertEquals(await rig.fleet.restart(0), null);
  assertEquals(await rig.listening(PLACES[0]), [1, 2], "the former one listens no more");
  assertEquals(await rig.fleet.restart(2), "there is no worker 2");
  client.close();
  await rig.advance(50);
  assertEquals(rig.isolates.map(({ isTerminated }) => isTerminated), [true, false, false]);
  const [first] = rig.fleet.numbers().workers;
  assertEquals([first.state, rig.fleet.clientCount], ["running", 0]);
  assertEquals(rig.lines.slice(-2), [
    "worker 0 serves again",
    "the former worker 0 has ended, and 0 clients with it: it is not needed any more",
  ]);
  await rig.fleet.close();
});

Deno.test("the former isolate sends its clients away when the next one listens", async () => {
  const rig = await started();
  const client = await connectTo(rig, 0);
  const steps: string[] = [];
  const [former] = rig.isolates;
  former.onHeard = (kind) => void steps.push(`former ${kind}`);
  rig.onSpawn = (isolate) => isolate.onHeard = (kind) => void steps.push(`next ${kind}`);
  assertEquals(await rig.fleet.restart(0), null);
  const order = ["next start", "former unlisten", "next prepare", "next commit", "former drain"];
  assertEquals(steps.filter((step) => !/others|told/.test(step)), order);
  client.close();
  await rig.fleet.close();
});

Deno.test("where there is no next one, the former one goes on", async () => {
  const rig = await started();
  const client = await connectTo(rig, 0);
  rig.onSpawn = (isolate) => isolate.diesOf = "start";
  assertEquals(await rig.fleet.restart(0), "worker 0 could not be started");
  await rig.advance(2000);
  assertEquals(rig.isolates.map(({ isTerminated }) => isTerminated), [false, false, true]);
  assertEquals(await rig.listening(PLACES[0]), [0, 1]);
  const [worker] = rig.fleet.numbers().workers;
  assertEquals([worker.state, rig.fleet.clientCount], ["running", 1]);
  rig.onSpawn = () => {};
  assertEquals(await rig.fleet.restart(0), null, "and later there is one");
  assertEquals(await rig.listening(PLACES[0]), [1, 3]);
  client.close();
  await rig.fleet.close();
});

Deno.test("a worker that is killed while it is being replaced is replaced", async () => {
  const rig = await started();
  rig.onSpawn = () => void rig.fleet.kill(0);
  assertEquals(await rig.fleet.restart(0), null);
  await rig.advance(50);
  assertEquals(rig.isolates.map(({ isTerminated }) => isTerminated), [true, false, false]);
  assertEquals(await rig.listening(PLACES[0]), [1, 2]);
  await rig.fleet.close();
});

Deno.test("every isolate that runs has a place of its own in shared memory, and its share of the memory", async () => {
  const rig = await started(ONE, { memoryBytesMax: 3000, workers: 3 });
  const client = await connectTo(rig, 1);
  assertEquals(await rig.fleet.restart(1), null);
  assertEquals(rig.isolates.map(({ setup }) => setup!.slot), [0, 1, 2, 4]);
  assertEquals(await rig.fleet.restart(1), "worker 1 was restarted before, and still has clients");
  client.close();
  await rig.advance(50);
  assertEquals(await rig.fleet.restart(1), null);
  assertEquals(rig.isolates.map(({ setup }) => setup!.slot), [0, 1, 2, 4, 1]);
  assertEquals(rig.isolates.map(({ setup }) => setup!.memoryBytesMax), [1000, 1000, 1000, 1000, 1000]);
  await rig.fleet.close();
});

Deno.test("a former worker whose clients do not go is ended when its time is up", async () => {
  const rig = await started(ONE, { leaveTimeoutMs: 500 });
  const client = await connectTo(rig, 0);
  // A client that does not take what it is owed stays; this one is held up by a worker that does not move.
  assertEquals(await rig.fleet.restart(0), null);
  rig.isolates[0].isStuck = true;
  await rig.advance(600);
  assertEquals(rig.isolates.map(({ isTerminated }) => isTerminated), [true, false, false]);
  client.close();
  await rig.fleet.close();
});

/** Opens a client of a worker. */
async function connectTo(rig: FleetRig, index: number) {
  const { network } = rig.isolates[index];
  const client = await network.connect(PLACES[0], { keepAlive: false }, new AbortController().signal);
  await settle();
  return client;
}

Deno.test("when all are drained, nobody listens, and whoever has clients keeps them until they go", async () => {
  const rig = await started();
  const client = await connectTo(rig, 1);
  await rig.advance(100);
  assertEquals([rig.fleet.clientCount, rig.fleet.isDrained], [1, false]);
  rig.fleet.drain();
  await settle();
  assertEquals(await rig.listening(PLACES[0]), []);
  client.close();
  await rig.advance(50);
  assertEquals(rig.fleet.isDrained, true);
  await rig.fleet.close();
  assertEquals(rig.isolates.map(({ isTerminated }) => isTerminated), [true, true]);
  assertEquals(rig.fleet.kill(0), "worker 0 does not run");
});

Deno.test("a reload that is under way when the end comes is finished first, and none follows", async () => {
  const rig = await started();
  const changes = rig.fleet.reload(TWO);
  while (rig.isolates[1].heard.at(-1) !== "prepare") await Promise.resolve();
  rig.fleet.drain();
  const refused = assertRejects(() => rig.fleet.reload(ONE), PlaneError, "the process is ending");
  assertEquals((await changes).length, 1);
  await refused;
  await rig.advance(50);
  assertEquals(rig.fleet.isDrained, true);
  for (const { heard, isTerminated } of rig.isolates) {
    assertEquals(heard.filter((kind) => kind !== "others").slice(3), ["prepare", "commit", "drain"]);
    assertEquals(isTerminated, false);
  }
  await rig.fleet.close();
});
