/**
 * Where the keys of the request at hand are in its bytes, and what goes with each of them.
 *
 * @module
 */

import { KeyList } from "./key_list.ts";

/**
 * Offsets relative to the request. All decoders share them, because they are needed only until the request has been
 * dispatched, and ten thousand waiting clients need none.
 */
export const scratch: {
  /** Start and end of each key. */
  keys: Int32Array;
  /** Start and end of what goes with each key. */
  units: Int32Array;
  /** The argument indexes of the keys. */
  readonly keyList: KeyList;
} = { keys: new Int32Array(64), units: new Int32Array(64), keyList: new KeyList() };

/**
 * Takes note of where the keys in the list are.
 *
 * @param args Start and end of each argument of the request.
 * @returns How many keys there are.
 */
export function placeKeys(args: Int32Array): number {
  const { indexes, count } = scratch.keyList;
  if (scratch.keys.length < 2 * count) scratch.keys = new Int32Array(2 * indexes.length);
  for (let i = 0; i < count; i++) {
    scratch.keys[2 * i] = args[2 * indexes[i]];
    scratch.keys[2 * i + 1] = args[2 * indexes[i] + 1];
  }
  return count;
}

/**
 * Takes note of what goes with each key in the list: a unit begins after the argument in front of its key, and ends with the
 * last argument before the next key.
 *
 * @param step From one key to the next, in arguments.
 * @param args Start and end of each argument of the request.
 */
export function placeUnits(step: number, args: Int32Array): void {
  const { indexes, count } = scratch.keyList;
  if (scratch.units.length < 2 * count) scratch.units = new Int32Array(2 * indexes.length);
  for (let i = 0; i < count; i++) {
    const at = indexes[i];
    scratch.units[2 * i] = args[2 * at - 1] + 2;
    scratch.units[2 * i + 1] = args[2 * (at + step) - 1] + 2;
  }
}

/**
 * Takes note of keys and units that have been found already.
 *
 * @param keys Start and end of each key.
 * @param units Start and end of each unit.
 * @returns How many keys there are.
 */
export function placeAll(keys: Int32Array, units: Int32Array): number {
  if (scratch.keys.length < keys.length) scratch.keys = new Int32Array(keys.length * 2);
  if (scratch.units.length < units.length) scratch.units = new Int32Array(units.length * 2);
  scratch.keys.set(keys);
  scratch.units.set(units);
  return keys.length / 2;
}

/**
 * Moves the keys of the request at hand, because something in front of them has another length.
 *
 * @param count How many keys there are.
 * @param distance By how many bytes.
 */
export function moveKeys(count: number, distance: number): void {
  for (let i = 0; i < 2 * count; i++) scratch.keys[i] += distance;
}
