/**
 * The engine's garbage collector, where it can be called.
 *
 * @module
 */

/**
 * Collects all that can be, and gives the memory of the young generation back: with 10,000 clients that fell silent 160
 * MB become 147. It takes 25 to 80 ms, which nobody waits for when nothing happens.
 */
const THOROUGHLY = { type: "major", flavor: "last-resort", execution: "sync" } as const;

/** What `--v8-flags=--expose-gc` puts into the global scope of every isolate. */
interface Exposed {
  readonly gc?: (how: typeof THOROUGHLY) => void;
}

/**
 * Finds the garbage collector of this isolate.
 *
 * @returns Collects garbage; null where the engine does not let us.
 */
export function garbageCollector(): (() => void) | null {
  const { gc } = globalThis as Exposed;
  return gc === undefined ? null : () => gc(THOROUGHLY);
}
