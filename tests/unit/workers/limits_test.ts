import { assert, assertEquals } from "@std/assert";
import { ManualClock } from "../../../src/base/clock.ts";
import { poolOfWorker, shareOf } from "../../../src/workers/budget.ts";
import { CellBook } from "../../../src/workers/cell_book.ts";
import { releaseSlot, SharedLedger } from "../../../src/workers/shared_ledger.ts";
import { WorkerPeers } from "../../../src/workers/worker_peers.ts";
import { WorkerShares } from "../../../src/workers/worker_shares.ts";
import { poolsOf } from "./pools.ts";

Deno.test("the shares of a limit add up to it", () => {
  for (const [total, workers] of [[0, 1], [1, 2], [7, 3], [8, 4], [1_000_001, 16]]) {
    const shares = Array.from({ length: workers }, (_, worker) => shareOf(total, worker, workers));
    assertEquals(shares.reduce((a, b) => a + b), total);
    assert(Math.max(...shares) - Math.min(...shares) <= 1, "nobody gets much more than another");
  }
});

Deno.test("every worker has a connection at least", () => {
  const [pool] = poolsOf({ alfa: ["a"] });
  const shares = (serverConnections: number) =>
    [0, 1, 2].map((worker) => poolOfWorker({ ...pool, serverConnections }, worker, 3).serverConnections);
  assertEquals(shares(1), [1, 1, 1]);
  assertEquals(shares(5), [2, 2, 1]);
});

/** Ledgers of several workers over one pool. */
function ledgers(workers: number) {
  const issued = new BigInt64Array(new SharedArrayBuffer(8));
  const admitted = new Int32Array(new SharedArrayBuffer(4 * (1 + workers)));
  return {
    admitted,
    all: Array.from({ length: workers }, (_, slot) => new SharedLedger(issued, admitted, slot)),
  };
}

Deno.test("workers take places until all are taken, and give them back", () => {
  const { all: [a, b], admitted } = ledgers(2);
  assertEquals([a.admit(3), b.admit(3), a.admit(3), b.admit(3), a.admit(3)], [
    true,
    true,
    true,
    false,
    false,
  ]);
  b.release();
  assertEquals([a.admit(3), b.admit(3)], [true, false]);
  assertEquals(b.admit(0), true, "0 is no limit");
  assertEquals(releaseSlot(admitted, 0), 3);
  assertEquals([...admitted], [1, 0, 1]);
  assertEquals([a.admit(2), a.admit(2)], [true, false]);
});

Deno.test("a worker that has been ended and does not know it yet gives nothing back twice", () => {
  const { all: [a, b], admitted } = ledgers(2);
  assertEquals([a.admit(3), a.admit(3), b.admit(3)], [true, true, true]);
  assertEquals(releaseSlot(admitted, 0), 2);
  a.release();
  assertEquals([...admitted], [1, 0, 1]);
  assertEquals([a.admit(3), b.admit(3), b.admit(3)], [true, true, false]);
});

Deno.test("no two clients have one number", () => {
  const { all: [a, b] } = ledgers(2);
  assertEquals([a.nextId(), b.nextId(), b.nextId(), a.nextId()], [0, 1, 2, 3]);
  assertEquals([a.issued, b.issued], [4, 4]);
});

Deno.test("pools and servers that stay keep what is shared, others begin anew", () => {
  const book = new CellBook(4);
  const pools = poolsOf({ alfa: ["a", "b"], beta: ["c"] });
  const first = book.prepare(pools);
  book.commit(pools, first);
  const ledger = new WorkerShares(2, new WorkerPeers(new ManualClock(0), () => {}));
  ledger.use(first);
  assertEquals([ledger.ledger(pools[0]).admit(1), ledger.ledger(pools[0]).admit(1)], [true, false]);
  const verdict = ledger.verdict("alfa", pools[0].servers[1])!;
  assertEquals([verdict.eject(), verdict.isLive], [true, false]);

  const next = poolsOf({ alfa: ["b", "d"], beta: ["c"] }).map((pool, i) =>
    i === 1 ? { ...pool, protocol: "memcache" as const } : pool
  );
  const second = book.prepare(next);
  assertEquals(book.cells, first, "nothing has changed yet");
  assertEquals(second[0].admitted, first[0].admitted);
  assert(second[0].admitted.buffer === first[0].admitted.buffer, "the pool keeps its ledger");
  assert(
    second[0].verdicts[0].cell.buffer === first[0].verdicts[1].cell.buffer,
    "the server keeps its verdict",
  );
  assert(second[1].admitted.buffer !== first[1].admitted.buffer, "another protocol is another pool");
  book.commit(next, second);

  book.handOver(2, 0);
  assertEquals(second[0].verdicts[0].cell[0], 1);
  book.release(2);
  assertEquals([...second[0].admitted], [0, 0, 0, 0, 0]);
});
