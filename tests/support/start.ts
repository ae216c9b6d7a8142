/**
 * What the starters of servers have in common.
 *
 * @module
 */

import { ProcessError } from "./process.ts";

const ATTEMPTS = 5;

/**
 * Starts a server on a free port, and on another one should somebody else have been faster.
 *
 * @param choosePort Gives a free port.
 * @param start Starts the server on it; fails with a `ProcessError` that holds its output.
 * @returns What `start` gave.
 */
export async function startOnFreePort<T>(
  choosePort: () => number,
  start: (port: number) => Promise<T>,
): Promise<T> {
  for (let attempt = 1;; attempt++) {
    try {
      return await start(choosePort());
    } catch (error) {
      const taken = error instanceof ProcessError && /address already in use/i.test(error.message);
      if (!taken || attempt === ATTEMPTS) throw error;
    }
  }
}

/**
 * Makes a folder for one test.
 *
 * @returns Its path; whoever made it removes it.
 */
export async function makeScratchFolder(): Promise<string> {
  return await Deno.makeTempDir({ prefix: "nutcracker-test-" });
}

/**
 * Removes a folder with all that is in it; harmless if it is gone.
 *
 * @param path The folder.
 */
export async function removeFolder(path: string): Promise<void> {
  try {
    await Deno.remove(path, { recursive: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
