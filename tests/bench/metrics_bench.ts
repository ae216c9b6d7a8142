/**
 * What it costs a request to be counted and timed: alone, and as one of many that were answered together.
 *
 * @module
 */

import { encode } from "../../src/base/ascii.ts";
import { ManualClock } from "../../src/base/clock.ts";
import { nullLog } from "../../src/log/log.ts";
import { Counters } from "../../src/metrics/counters.ts";
import { HISTOGRAM_LENGTH, record } from "../../src/metrics/histogram.ts";
import { Latency } from "../../src/metrics/latency.ts";
import { PoolMetric } from "../../src/metrics/table.ts";
import type { Observer } from "../../src/proxy/observer.ts";
import { Request } from "../../src/proxy/request.ts";
import { Runtime } from "../../src/proxy/runtime.ts";
import { Timing } from "../../src/proxy/timing.ts";
import { MemoryNetwork } from "../support/memory_network.ts";

const REQUESTS = 1000;
const FRAME = encode("*2\r\n$3\r\nGET\r\n$8\r\nkey:0123\r\n");

const histogram = new Float64Array(HISTOGRAM_LENGTH);
Deno.bench(`${REQUESTS} durations into a histogram`, () => {
  for (let i = 0; i < REQUESTS; i++) record(histogram, 0, i * 3, 1);
});

const counters = new Counters("pool").values;
Deno.bench(`${REQUESTS} requests counted by class`, () => {
  for (let i = 0; i < REQUESTS; i++) counters[PoolMetric.requestsOther + i % 3]++;
});

const latency = new Latency();
Deno.bench(`${REQUESTS} requests into the three histograms of their class`, () => {
  for (let i = 0; i < REQUESTS; i++) latency.record(i % 3, i, i * 3, 1);
});

/** Times requests of which so many leave with one write and are answered by one read. */
function benchTiming(together: number): void {
  const clock = new ManualClock();
  const runtime = new Runtime({
    clock,
    network: new MemoryNetwork(),
    random: Math.random,
    log: nullLog,
    mbufBytes: 16384,
    memoryBytesMax: Infinity,
    collectGarbage: null,
    logSamplePeriod: 0,
  });
  const observer = { slowMs: Infinity, wantsBytes: true } as Observer;
  const timing = new Timing(runtime, { name: "s", latency: new Latency(), observer });
  const requests = Array.from({ length: together }, () => new Request());
  const batch = new Uint8Array(together * FRAME.length);
  let end = 0;
  Deno.bench(`${REQUESTS} requests timed, ${together} together`, () => {
    for (let done = 0; done < REQUESTS; done += together) {
      const { nowMs } = runtime.turn;
      for (const request of requests) {
        request.startMs = nowMs;
        request.streamEnd = end += FRAME.length;
      }
      timing.writing(batch);
      timing.wrote(batch.length);
      timing.received();
      for (const request of requests) timing.answered(request, nowMs);
      timing.done();
    }
  });
}

benchTiming(1);
benchTiming(10);
benchTiming(100);
