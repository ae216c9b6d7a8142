/**
 * What of a limit of the whole process falls to one worker.
 *
 * @module
 */

import type { PoolConfig } from "../config/config.ts";

/**
 * Divides a number of things, so that the shares of all workers add up to it.
 *
 * @param total How many there are.
 * @param worker The worker's number, from 0.
 * @param workers How many workers there are.
 * @returns How many it gets; the first workers get what cannot be divided evenly.
 */
export function shareOf(total: number, worker: number, workers: number): number {
  return Math.floor(total / workers) + (worker < total % workers ? 1 : 0);
}

/**
 * Makes of a pool of the process that of one worker.
 *
 * @param pool What the file says of it.
 * @param worker The worker's number, from 0.
 * @param workers How many workers there are.
 * @returns The same, with the worker's share of the shared connections to servers: at least one, or it could not serve.
 */
export function poolOfWorker(pool: PoolConfig, worker: number, workers: number): PoolConfig {
  return { ...pool, serverConnections: Math.max(1, shareOf(pool.serverConnections, worker, workers)) };
}
