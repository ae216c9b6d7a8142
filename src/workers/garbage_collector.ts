/**
 * The engine's garbage collector, where it can be called.
 *
 * @module
 */

/** What `--v8-flags=--expose-gc` puts into the global scope of every isolate. */
interface Exposed {
  readonly gc?: () => void;
}

/**
 * Finds the garbage collector of this isolate.
 *
 * @returns Collects garbage; null where the engine does not let us.
 */
export function garbageCollector(): (() => void) | null {
  const { gc } = globalThis as Exposed;
  return gc === undefined ? null : () => gc();
}
