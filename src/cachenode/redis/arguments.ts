/**
 * The arguments of one redis request, read where they lie.
 *
 * @module
 */

import { parseInt64, textOf } from "../bytes.ts";

/** Where the arguments are. Owned by a session and used again for each of its requests. */
export class Arguments {
  /** How many there are, the command's name included. */
  count = 0;
  /** The array that holds them. */
  bytes: Uint8Array<ArrayBuffer> = new Uint8Array(0);
  /** What the offsets are relative to. */
  base = 0;
  /** Start and end of each, relative to `base`. */
  offsets: Int32Array = new Int32Array(0);

  /**
   * Points at another request.
   *
   * @param bytes The array that holds it.
   * @param base What the offsets are relative to.
   * @param offsets Start and end of each argument.
   * @param count How many there are.
   */
  point(bytes: Uint8Array<ArrayBuffer>, base: number, offsets: Int32Array, count: number): void {
    this.bytes = bytes;
    this.base = base;
    this.offsets = offsets;
    this.count = count;
  }

  /**
   * Measures an argument.
   *
   * @param index Its number; 0 is the command's name.
   * @returns Its length in bytes.
   */
  lengthOf(index: number): number {
    return this.offsets[2 * index + 1] - this.offsets[2 * index];
  }

  /**
   * Reads an argument as a key, or as text.
   *
   * @param index Its number.
   * @returns One character per byte.
   */
  text(index: number): string {
    return textOf(this.bytes, this.base + this.offsets[2 * index], this.base + this.offsets[2 * index + 1]);
  }

  /**
   * Reads an argument as a keyword.
   *
   * @param index Its number.
   * @returns It in upper case.
   */
  word(index: number): string {
    return this.text(index).toUpperCase();
  }

  /**
   * Reads an argument as an integer of 64 bits.
   *
   * @param index Its number.
   * @returns The integer; null if it is none.
   */
  integer(index: number): bigint | null {
    return parseInt64(this.text(index));
  }

  /**
   * Copies an argument.
   *
   * @param index Its number.
   * @returns A fresh array with its bytes.
   */
  copy(index: number): Uint8Array<ArrayBuffer> {
    return this.bytes.slice(
      this.base + this.offsets[2 * index],
      this.base + this.offsets[2 * index + 1],
    );
  }
}
