// Statistics servers for the tests.
import { assertEquals } from "@std/assert";
import { type Clock, ManualClock, systemClock } from "../../../src/base/clock.ts";
import { type Log, nullLog } from "../../../src/log/log.ts";
import { type ProcessSnapshot } from "../../../src/metrics/snapshot.ts";
import type { StatsSources } from "../../../src/stats/http_handler.ts";
import { formatStats } from "../../../src/stats/json.ts";
import { FIRST_BYTES_MS } from "../../../src/stats/limits.ts";
import { startStats, type StatsServer } from "../../../src/stats/server.ts";
import { eventually } from "../../support/process.ts";
import { type WireClient } from "../../support/wire.ts";
import { makePool, makeSnapshot } from "./snapshots.ts";

/** What the servers of these tests show. */
export const SNAPSHOT: ProcessSnapshot = makeSnapshot([makePool("alpha", ["s1", "s2"])]);
/** The same as JSON. */
export const JSON_LINE: string = formatStats(SNAPSHOT);

/** What a test wants different from the usual. */
export interface Setup {
  /** What the statistics are. */
  readonly snapshot?: () => ProcessSnapshot;
  /** The time; the machine's unless given. */
  readonly clock?: Clock;
  /** Where failures are told; they fail the test unless given. */
  readonly log?: Log;
  /** What changes need; nothing unless given. */
  readonly adminToken?: string;
  /** Takes a new log level. */
  readonly setLogLevel?: (level: number) => void;
}

/** What answers are made of, where a test does not say otherwise. */
export const SOURCES: StatsSources = {
  clock: systemClock,
  snapshot: () => SNAPSHOT,
  config: () => ({ path: "x.yml" }),
  isLeaving: () => false,
  slowRequests: () => [],
  locate: () => null,
  setLogLevel: () => {},
  reload: () => ({ generation: 1, sinceMs: 0, last: { ok: true, atMs: 0, lines: [] } }),
  adminToken: null,
};

/** Runs a test against a server on a free port; afterwards nothing of the server is left, or Deno fails the test. */
export async function withServer(
  setup: Setup,
  fn: (server: StatsServer, port: number) => Promise<void>,
): Promise<void> {
  const server = await startStats({
    ...SOURCES,
    hostname: "127.0.0.1",
    port: 0,
    snapshot: setup.snapshot ?? (() => SNAPSHOT),
    adminToken: setup.adminToken ?? null,
    setLogLevel: setup.setLogLevel ?? (() => {}),
    clock: setup.clock ?? systemClock,
    log: setup.log ?? {
      ...nullLog,
      error: (module, text) => {
        throw new Error(`unexpected error in the log: ${module} ${text}`);
      },
    },
  });
  try {
    await fn(server, server.address.port);
  } finally {
    await server.close();
  }
  assertEquals(server.connections, 0);
}

/**
 * The machine's clock, but it never takes a client of HTTP for a collector, however late a busy machine lets it speak.
 * Collectors that do not wish to wait end their side at once.
 */
export const patientClock: Clock = {
  ...systemClock,
  after: (callback, delayMs) =>
    systemClock.after(callback, delayMs === FIRST_BYTES_MS / 2 ? 60_000 : delayMs),
};

/** A clock that stands still and tells which deadlines were set. */
export class RecordingClock extends ManualClock {
  /** The delays that were asked for, in milliseconds. */
  readonly delays: number[] = [];

  /** See {@link Clock.after}; notes the delay. */
  override after(callback: () => void, delayMs: number): () => void {
    this.delays.push(delayMs);
    return super.after(callback, delayMs);
  }

  /** Waits until a deadline was set that many times. */
  until(delayMs: number, count = 1): Promise<void> {
    const reached = () => this.delays.filter((delay) => delay === delayMs).length >= count;
    return eventually(reached, `a deadline of ${delayMs} ms is set`);
  }
}

/** Reads to the end, as text. */
export async function textOf(client: WireClient): Promise<string> {
  return new TextDecoder().decode(await client.readToEnd());
}

/** The part of an HTTP response after its head. */
export const bodyOf = (response: string): string => response.slice(response.indexOf("\r\n\r\n") + 4);
