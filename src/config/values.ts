/**
 * What a directive's text may be, and what it then means.
 *
 * @module
 */

import { encode } from "../base/ascii.ts";
import { didYouMean, nearNames } from "./near_names.ts";

/** Thrown for text that a directive cannot have; its message follows `directive "key"` in the report. */
export class ValueError extends Error {
  /** The class's name, as it is printed. */
  override readonly name = "ValueError";
  /** What would be valid. */
  readonly hint: string;

  /**
   * Makes the error.
   *
   * @param reason What is wrong, in the reference's words.
   * @param hint What would be valid.
   */
  constructor(reason: string, hint: string) {
    super(reason);
    this.hint = hint;
  }
}

/** A kind of value. */
export interface ValueKind<T> {
  /** What it looks like, for the table of options. */
  readonly label: string;
  /**
   * Reads a value.
   *
   * @param text The value's text.
   * @returns What it means.
   * @throws {ValueError} If it is not of this kind.
   */
  parse(text: string): T;
}

/** The largest number that is kept: what 32 bits with a sign hold, which is also the longest timer. */
export const NUMBER_MAX = 2 ** 31 - 1;

/**
 * Reads decimal digits, without sign and suffix.
 *
 * The reference lets its 32 bits overflow and then takes or refuses what comes of it. Here a number
 * beyond {@link NUMBER_MAX} is that number: as large as possible is what such a file asks for.
 *
 * @param text The text.
 * @returns The number, or null if the text is not one.
 */
function parseDigits(text: string): number | null {
  return /^[0-9]+$/.test(text) ? Math.min(Number(text), NUMBER_MAX) : null;
}

/**
 * Makes the kind of a number.
 *
 * @param label What it counts.
 * @returns The kind; its values are 0 to {@link NUMBER_MAX}.
 */
export function numberKind(label: string): ValueKind<number> {
  return {
    label,
    parse(text) {
      const value = parseDigits(text);
      if (value === null) throw new ValueError("is not a number", "decimal digits without sign or unit");
      return value;
    },
  };
}

/**
 * Makes the kind of a switch.
 *
 * @param whenTrue What `true` means.
 * @param whenFalse What `false` means.
 * @returns The kind.
 */
export function switchKind<T>(whenTrue: T, whenFalse: T): ValueKind<T> {
  return {
    label: "`true` or `false`",
    parse(text) {
      if (text === "true") return whenTrue;
      if (text === "false") return whenFalse;
      throw new ValueError('is not "true" or "false"', "true or false, in small letters");
    },
  };
}

/**
 * Makes the kind of a name from a list.
 *
 * @param noun What the names name.
 * @param names The list.
 * @returns The kind.
 */
export function nameKind<T extends string>(noun: string, names: readonly T[]): ValueKind<T> {
  return {
    label: names.map((name) => `\`${name}\``).join(", "),
    parse(text) {
      const found = names.find((name) => name === text);
      if (found !== undefined) return found;
      const hint = didYouMean(nearNames(text, names));
      throw new ValueError(`is not a valid ${noun}`, `one of ${names.join(", ")}${hint && `; ${hint}`}`);
    },
  };
}

/** Two bytes, of which the first opens and the second closes. */
export const hashTagKind: ValueKind<readonly [number, number] | null> = {
  label: "two characters",
  parse(text) {
    const bytes = encode(text);
    if (bytes.length !== 2) {
      throw new ValueError(
        "is not a valid hash tag string with two characters",
        'two ASCII characters, as in "{}"',
      );
    }
    return [bytes[0], bytes[1]];
  },
};

/** Text as it stands. */
export const bytesKind: ValueKind<Uint8Array | null> = { label: "text", parse: (text) => encode(text) };
