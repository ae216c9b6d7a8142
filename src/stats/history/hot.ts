/**
 * Which servers have more to do than the others.
 *
 * @module
 */

import type { ServerSnapshot } from "../../metrics/snapshot.ts";
import { ServerMetric } from "../../metrics/table.ts";

/** What one server of a pool has done of late. */
export interface Load {
  /** The server. */
  readonly server: ServerSnapshot;
  /** Requests a second. */
  readonly requests: number;
  /** Bytes a second, requests and replies. */
  readonly bytes: number;
}

/** What a server has of its pool's load. */
export interface Share {
  /** Its share of the requests, from 0 to 1. */
  readonly requests: number;
  /** Its share of the bytes, from 0 to 1. */
  readonly bytes: number;
  /** What its weight entitles it to, among the live servers; 0 if it is not live. */
  readonly fair: number;
  /** In what it has too much; empty if it is not hot. */
  readonly hot: readonly ("requests" | "bytes" | "queue")[];
}

/** Below so many requests a second in a pool, shares say nothing. */
const REQUESTS_MIN = 50;
/** A share of everything that nobody need care about. */
const SURPLUS_MIN = 0.05;
/** A server with fewer requests waiting is not hot by them: so many leave with one write. */
const QUEUE_MIN = 64;
/** How many times as many requests must wait for it as for the others on average. */
const QUEUE_RATIO = 4;

/**
 * Says from which share on a server is hot: twice what is fair and 5 % of all more than that; or where twice is too much, half-way from
 * what is fair to everything. Of 2 equal servers that is 75 %, of 4 it is 50 %, of 10 it is 20 %, of 50 it is 7 %. A ring of two may well
 * give 65 % to one by itself, and a ring of fifty 4 %.
 *
 * @param fair What is fair, from 0 to 1.
 * @returns The share, from 0 to 1.
 */
export function hotShare(fair: number): number {
  return Math.min(fair + Math.max(fair, SURPLUS_MIN), (1 + fair) / 2);
}

function queueOf({ values }: ServerSnapshot): number {
  return values[ServerMetric.inQueue] + values[ServerMetric.outQueue];
}

/**
 * Judges the servers of a pool.
 *
 * @param loads All of them.
 * @returns A share for each, in the same order.
 */
export function judgeLoads(loads: readonly Load[]): Share[] {
  const live = loads.filter(({ server }) => server.state === "live");
  const sum = (part: (load: Load) => number, of = loads): number =>
    of.reduce((all, load) => all + part(load), 0);
  const requests = sum((load) => load.requests);
  const bytes = sum((load) => load.bytes);
  const weight = sum(({ server }) => server.weight, live);
  const queue = sum(({ server }) => queueOf(server), live);
  return loads.map((load) => {
    const isLive = load.server.state === "live";
    const share = {
      requests: requests > 0 ? load.requests / requests : 0,
      bytes: bytes > 0 ? load.bytes / bytes : 0,
      fair: isLive ? load.server.weight / weight : 0,
    };
    const isComparable = isLive && live.length > 1;
    const isBusy = isComparable && requests >= REQUESTS_MIN;
    const own = queueOf(load.server);
    const others = (queue - own) / (live.length - 1);
    return {
      ...share,
      hot: [
        ...(isBusy && share.requests >= hotShare(share.fair) ? ["requests" as const] : []),
        ...(isBusy && share.bytes >= hotShare(share.fair) ? ["bytes" as const] : []),
        ...(isComparable && own >= QUEUE_MIN && own >= QUEUE_RATIO * others ? ["queue" as const] : []),
      ],
    };
  });
}
