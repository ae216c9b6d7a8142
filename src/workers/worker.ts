/**
 * The entry of a worker's isolate.
 *
 * @module
 */

import { systemClock } from "../base/clock.ts";
import { denoNetwork } from "../net/deno_network.ts";
import { garbageCollector } from "./garbage_collector.ts";
import type { Command, Report } from "./messages.ts";
import { WorkerHost } from "./worker_host.ts";

/** What an isolate of this kind has, and the main one does not. */
interface WorkerScope {
  postMessage(report: Report): void;
  addEventListener(type: "message", listener: (event: MessageEvent<Command>) => void): void;
  addEventListener(type: "error" | "unhandledrejection", listener: () => void): void;
}

const scope = globalThis as unknown as WorkerScope;

const host = new WorkerHost({
  clock: systemClock,
  network: denoNetwork,
  random: Math.random,
  collectGarbage: garbageCollector(),
  pid: Deno.pid,
  report: (report) => scope.postMessage(report),
});

// An error that nobody catches ends this isolate, and only this one; the numbers stay.
scope.addEventListener("error", () => host.lastWords());
scope.addEventListener("unhandledrejection", () => host.lastWords());
scope.addEventListener("message", ({ data }) => host.handle(data));
