/**
 * What clients are told of a server that several workers use.
 *
 * @module
 */

import { findServer } from "../metrics/pool_numbers.ts";
import { ServerMetric } from "../metrics/table.ts";
import type { ServerFacts } from "../protocol/facts.ts";
import type { Server } from "./server.ts";
import type { OtherNumbers } from "./shares.ts";

/**
 * Adds what other workers have counted to what a server tells of itself.
 *
 * @param server The server as this worker has it.
 * @param others The numbers of its pool in the other workers.
 * @returns What is true for all of them together.
 */
export function factsOfAll(server: Server, { running, ended }: OtherNumbers): ServerFacts {
  const pools = ended === null ? running : [...running, ended];
  const several = [server.numbers, ...pools.map((pool) => findServer(pool, server.numbers))];
  const sum = (metric: number) =>
    several.reduce((total, numbers) => total + (numbers?.values[metric] ?? 0), 0);
  const { name, address, isLive, version } = server;
  return {
    name,
    address,
    isLive,
    version,
    requests: sum(ServerMetric.requests),
    requestBytes: sum(ServerMetric.requestBytes),
    responseBytes: sum(ServerMetric.responseBytes),
  };
}
