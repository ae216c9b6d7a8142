import { assert, assertEquals } from "@std/assert";
import { decode } from "../../../src/base/ascii.ts";
import {
  NOTICES_MAX,
  NOTICES_PER_BEAT_MAX,
  QUESTION_MAX_MS,
  QUESTIONS_MAX,
} from "../../../src/workers/limits.ts";
import type { Command, Tidings } from "../../../src/workers/messages.ts";
import { Switchboard } from "../../../src/workers/switchboard.ts";
import type { WorkerHandle } from "../../../src/workers/worker_handle.ts";
import { settle } from "../../support/memory_network.ts";
import type { MemoryTransport } from "../../support/memory_transport.ts";
import { resp } from "../../support/resp.ts";
import { FleetRig } from "./fleet_rig.ts";
import { poolsOf } from "./pools.ts";

const POOLS = poolsOf({ alfa: ["a"] });
const [{ listen: { address: PLACE } }] = POOLS;
const NOT_ALL = "-ERR not all workers of the proxy have answered, try again\r\n";

/** A fleet with one client of each worker. */
async function started(workers = 2): Promise<{ rig: FleetRig; clients: MemoryTransport[] }> {
  const rig = new FleetRig(POOLS, { workers });
  await rig.fleet.start();
  const clients = rig.isolates.map(({ network }) => network.dial(PLACE));
  await settle();
  return { rig, clients };
}

async function say(client: MemoryTransport, ...words: string[]): Promise<void> {
  await client.write(resp(...words));
  await settle();
}

/** What a client has been told since; nothing is waited for. */
async function told(client: MemoryTransport): Promise<string> {
  await settle();
  const buffer = new Uint8Array(65_536);
  if (client.queuedBytes === 0) return "";
  return decode(buffer, 0, await client.read(buffer) ?? 0);
}

/** The numbers of the clients in a reply to `CLIENT LIST`. */
function idsOf(reply: string): number[] {
  return [...reply.matchAll(/^id=(\d+) /gm)].map(([, id]) => Number(id));
}

Deno.test("all workers are asked for their clients, and those who come are in their order", async () => {
  const { rig, clients } = await started(3);
  const late = rig.isolates[0].network.dial(PLACE);
  await settle();
  await say(clients[1], "CLIENT", "LIST");
  assertEquals(idsOf(await told(clients[1])), [1, 2, 3, 4]);
  await say(clients[2], "CLIENT", "KILL", "ID", "4");
  assertEquals(await told(clients[2]), ":1\r\n");
  assert(await late.read(new Uint8Array(1)) === null, "it is disconnected");
  await rig.fleet.close();
});

Deno.test("a worker that does not answer in time is told of, and what follows has waited", async () => {
  const { rig, clients: [asker] } = await started();
  rig.isolates[1].isStuck = true;
  await say(asker, "CLIENT", "LIST");
  await say(asker, "PING");
  await rig.advance(QUESTION_MAX_MS - 20);
  assertEquals(await told(asker), "");
  await rig.advance(20);
  assertEquals(await told(asker), `${NOT_ALL}+PONG\r\n`);
  rig.isolates[1].isStuck = false;
  await rig.fleet.close();
});

Deno.test("a worker that ends before it answers has no clients to tell of", async () => {
  const { rig, clients: [asker] } = await started();
  rig.isolates[1].diesOf = "consult";
  await say(asker, "CLIENT", "LIST");
  assertEquals(idsOf(await told(asker)), [1]);
  await rig.fleet.close();
});

Deno.test("a client that leaves while others are asked is not answered, nor is anybody else", async () => {
  const { rig, clients: [asker, other] } = await started();
  rig.isolates[1].isStuck = true;
  await say(asker, "CLIENT", "LIST");
  asker.close();
  const next = rig.isolates[0].network.dial(PLACE);
  await say(next, "PING");
  await rig.advance(QUESTION_MAX_MS);
  assertEquals([await told(next), await told(other)], ["+PONG\r\n", ""]);
  rig.isolates[1].isStuck = false;
  await rig.fleet.close();
});

Deno.test("no more than so many questions are under way; a client has one at most", async () => {
  const { rig } = await started();
  rig.isolates[1].isStuck = true;
  const clients = Array.from({ length: QUESTIONS_MAX + 1 }, () => rig.isolates[0].network.dial(PLACE));
  await rig.advance(100);
  for (const client of clients) {
    await client.write(new Uint8Array([...resp("CLIENT", "LIST"), ...resp("CLIENT", "LIST")]));
  }
  await settle();
  const asked = rig.isolates[1].heard.filter((kind) => kind === "consult").length;
  assertEquals(asked, QUESTIONS_MAX);
  assertEquals(await told(clients[QUESTIONS_MAX]), NOT_ALL + NOT_ALL);
  rig.isolates[1].isStuck = false;
  await rig.advance(QUESTION_MAX_MS);
  for (const client of clients.slice(0, QUESTIONS_MAX)) {
    const reply = await told(client);
    assert(
      reply.startsWith(NOT_ALL) && reply.length > NOT_ALL.length,
      "its first question had nobody to answer it",
    );
  }
  await rig.fleet.close();
});

Deno.test("a worker tells of no more scripts at once than the main isolate can take", async () => {
  const { rig, clients: [teller] } = await started();
  const evals = (from: number, count: number) =>
    Array.from({ length: count }, (_, i) => [...resp("EVAL", `return ${from + i}`, "0")]).flat();
  const heard = () => rig.isolates[1].heard.filter((kind) => kind === "told").length;
  await teller.write(new Uint8Array(evals(0, NOTICES_PER_BEAT_MAX + 10)));
  await settle();
  assertEquals(heard(), NOTICES_PER_BEAT_MAX);
  await rig.advance(100);
  await teller.write(new Uint8Array(evals(1000, 3)));
  await settle();
  assertEquals(heard(), NOTICES_PER_BEAT_MAX + 3);
  await rig.fleet.close();
});

Deno.test("what was told is kept for those that are started later, up to a bound, and until it is to be forgotten", () => {
  const heard: Tidings[] = [];
  const handle = (numbers: object | null) =>
    ({ numbers, tell: (tidings: Command & Tidings) => void heard.push(tidings) }) as unknown as WorkerHandle;
  const [teller, other, starting] = [handle({}), handle({}), handle(null)];
  const board = new Switchboard(() => [teller, other, starting]);
  const notice = (name: string) => ({ name, body: new Uint8Array(new SharedArrayBuffer(1)) });
  for (let i = 0; i < NOTICES_MAX; i++) board.tell(teller, "alfa", notice(`${i}`));
  board.tell(teller, "alfa", notice("0"));
  board.tell(teller, "alfa", notice("new"));
  board.tell(teller, "beta", notice("b"));
  assertEquals(heard.length, NOTICES_MAX + 3, "only those who serve are told at once");
  const brief = (): string[] => {
    heard.length = 0;
    board.brief(starting);
    return heard.map((tidings) => tidings.kind === "told" ? `${tidings.pool} ${tidings.notice?.name}` : "");
  };
  const names = brief();
  assertEquals([names.length, names[0], names.at(-1)], [NOTICES_MAX + 1, "alfa 2", "beta b"]);
  assert(names.includes("alfa 0") && names.includes("alfa new"));
  board.tell(teller, "alfa", null);
  assertEquals(brief(), ["beta b"]);
  board.retain(new Set(["alfa"]));
  assertEquals(brief(), []);
});
