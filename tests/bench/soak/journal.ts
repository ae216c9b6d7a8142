/**
 * What a soak looks like over time: a line now and then, a table and a verdict at the end.
 *
 * @module
 */

import type { ProxyProcess } from "../../support/proxy_process.ts";
import type { Tally } from "./tally.ts";

/** The first minute is for warming up: memory is compared from its end on. */
const WARM_UP_S = 60;

/** The numbers at one moment. */
interface Sample {
  /** Seconds since the start. */
  readonly elapsedS: number;
  readonly requests: number;
  readonly connections: number;
  readonly errors: number;
  readonly wrong: number;
  readonly rssBytes: number;
  readonly fds: number;
  readonly clients: number;
}

/** The samples of one soak. */
export class Journal {
  readonly #proxy: ProxyProcess;
  readonly #tally: Tally;
  readonly #samples: Sample[] = [];
  readonly #startMs = performance.now();
  #rssBytesMax = 0;

  /**
   * Makes a journal; time counts from now on.
   *
   * @param proxy The proxy.
   * @param tally The counts of its clients.
   */
  constructor(proxy: ProxyProcess, tally: Tally) {
    this.#proxy = proxy;
    this.#tally = tally;
  }

  /** Notes the memory only. */
  noteMemory(): void {
    this.#rssBytesMax = Math.max(this.#rssBytesMax, this.#proxy.rss());
  }

  /**
   * Takes a sample.
   *
   * @returns Its line.
   */
  async sample(): Promise<string> {
    this.noteMemory();
    const { requests, connections, wrong, errors } = this.#tally;
    const stats = await this.#proxy.stats();
    const before = this.#samples.at(-1);
    const sample: Sample = {
      elapsedS: (performance.now() - this.#startMs) / 1000,
      requests,
      connections,
      wrong,
      errors: [...errors.values()].reduce((sum, count) => sum + count, 0),
      rssBytes: this.#proxy.rss(),
      fds: this.#proxy.process.fdCount(),
      clients: stats.redis.client_connections + stats.memcache.client_connections,
    };
    this.#samples.push(sample);
    const rate = ratePerSecond(before, sample, "requests");
    return `${sample.elapsedS.toFixed(0)} s: ${requests} requests (${rate}/s), ${connections} connections, ` +
      `${wrong} wrong, RSS ${mebibytes(sample.rssBytes)} MiB, ${sample.fds} descriptors, ` +
      `${sample.clients} clients, errors: ${this.#tally.errorLine()}`;
  }

  /** All samples as a table in Markdown. */
  table(): string {
    const rows = this.#samples.map((sample, i) => {
      const before = this.#samples[i - 1];
      return [
        sample.elapsedS.toFixed(0),
        sample.requests,
        ratePerSecond(before, sample, "requests"),
        ratePerSecond(before, sample, "connections"),
        sample.errors,
        sample.wrong,
        mebibytes(sample.rssBytes),
        sample.fds,
        sample.clients,
      ];
    });
    const heads = [
      "s",
      "requests",
      "requests/s",
      "connections/s",
      "errors",
      "wrong",
      "RSS MiB",
      "descriptors",
      "clients",
    ];
    return [heads, heads.map(() => "--:"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
  }

  /**
   * Says how it went.
   *
   * @param restarts How often a server was restarted.
   * @returns One line.
   */
  verdict(restarts: number): string {
    const samples = this.#samples;
    const { wrong, requests, connections } = this.#tally;
    const result = `${wrong === 0 ? "GOOD" : "BAD"}: ${wrong} wrong replies in ${requests} requests of ` +
      `${connections} connections, ${restarts} restarts of servers`;
    if (samples.length === 0) return result;
    const first = samples.find(({ elapsedS }) => elapsedS >= WARM_UP_S - 1) ?? samples[0];
    // The last sample is taken when all clients have gone.
    const end = samples.at(-2) ?? samples[0];
    const idle = samples.at(-1)!;
    return `${result}; RSS ${mebibytes(first.rssBytes)} MiB after ` +
      `${first.elapsedS.toFixed(0)} s, ${mebibytes(end.rssBytes)} MiB after ${end.elapsedS.toFixed(0)} s, ` +
      `${mebibytes(idle.rssBytes)} MiB without clients, ${mebibytes(this.#rssBytesMax)} MiB at most; ` +
      `descriptors ${first.fds}, ${end.fds}, ${idle.fds}`;
  }
}

function ratePerSecond(before: Sample | undefined, now: Sample, what: "requests" | "connections"): number {
  const elapsedS = now.elapsedS - (before?.elapsedS ?? 0);
  return elapsedS <= 0 ? 0 : Math.round((now[what] - (before?.[what] ?? 0)) / elapsedS);
}

function mebibytes(bytes: number): string {
  return (bytes / 1024 / 1024).toFixed(0);
}
