/**
 * Directives that are more than one text: lists, records with known fields and maps with free keys, nested as needed.
 *
 * A kind is put together of kinds:
 *
 * ```text
 *   recordOf({                                     commands:
 *     deny: optional("deny", listOf(leaf(…)), []),   deny: [KEYS, SORT]
 *     custom: optional("custom", mapOf(…), {}),      custom:
 *   })                                                 JSON.GET: {first: 1}
 * ```
 *
 * Only directives of our own have such values: the reference refuses them everywhere, and its words for that stay.
 *
 * @module
 */

import type { MappingNode, YamlNode } from "@std/yaml";
import { didYouMean, nearNames } from "./near_names.ts";
import { ValueError, type ValueKind } from "./values.ts";

/** What stands in the place of a secret. */
export const MASK = "***";

/** What a value of the configuration is shown as. */
export type DescribedValue =
  | string
  | number
  | boolean
  | null
  | readonly DescribedValue[]
  | { readonly [key: string]: DescribedValue };

/** What a kind may use while it reads. */
export interface ReadContext {
  /**
   * Takes note of what is wrong.
   *
   * @param start Offset of the first character that is wrong.
   * @param reason What is wrong: half a sentence that follows the directive's name. Never a secret.
   * @param hint What would be right.
   */
  report(start: number, reason: string, hint: string): void;
  /** What the file may refer to. */
  readonly outside: Outside;
}

/** What lies outside of a configuration file. */
export interface Outside {
  /**
   * Reads another file.
   *
   * @param path Its path.
   * @returns What is in it.
   * @throws If it cannot be read; the message says why.
   */
  readFile(path: string): Uint8Array;
  /**
   * Reads a variable of the environment.
   *
   * @param name Its name.
   * @returns Its text; undefined if there is none.
   * @throws If it may not be read; the message says why.
   */
  readVariable(name: string): string | undefined;
}

/** A kind of value that may have parts. */
export interface StructureKind<T> {
  /** What it looks like, for the table of options. */
  readonly label: string;
  /**
   * Reads a value.
   *
   * @param node The value as the file has it.
   * @param context Takes what is wrong.
   * @returns What it means; undefined if something is wrong, which has been reported then.
   */
  read(node: YamlNode, context: ReadContext): T | undefined;
  /**
   * Shows a value without its secrets.
   *
   * @param value What it means.
   * @returns It in the words of the file.
   */
  describe(value: T): DescribedValue;
}

/**
 * Tells a kind with parts from one that is a text.
 *
 * @param kind Either.
 * @returns True if it may have parts.
 */
export function isStructure<T>(kind: ValueKind<T> | StructureKind<T>): kind is StructureKind<T> {
  return "read" in kind;
}

/**
 * Makes the kind of a text.
 *
 * @param kind What it means.
 * @param isSecret Whether it must not be shown.
 * @returns The kind.
 */
export function leaf<T extends string | number | boolean | Uint8Array>(
  kind: ValueKind<T>,
  isSecret = false,
): StructureKind<T> {
  return {
    label: kind.label,
    read(node, { report }) {
      if (node.kind !== "scalar") {
        // As in [a:, b], which YAML takes for [{a: nothing}, b].
        const hint = node.kind === "mapping" ? "; a text with a colon at its end wants quotes" : "";
        report(node.start, "has an invalid value", `a ${node.kind} given, ${kind.label} expected${hint}`);
        return undefined;
      }
      const given = isSecret ? "" : `${JSON.stringify(node.text)} given, `;
      if (node.text === "" || node.text.includes("\0")) {
        report(node.start, "has an invalid value", `${given}${kind.label} expected`);
        return undefined;
      }
      try {
        return kind.parse(node.text);
      } catch (error) {
        if (!(error instanceof ValueError)) throw error;
        report(node.start, error.message, `${given}${error.hint}`);
        return undefined;
      }
    },
    describe: (value) => isSecret || value instanceof Uint8Array ? MASK : value,
  };
}

/**
 * Makes the kind of a list.
 *
 * @param item What its items are.
 * @returns The kind; a lone item is a list of one.
 */
export function listOf<T>(item: StructureKind<T>): StructureKind<readonly T[]> {
  return {
    label: `list of ${item.label}`,
    read(node, context) {
      const nodes = node.kind === "sequence" ? node.items : [node];
      const items = nodes.map((part) => item.read(part, context));
      return items.some((part) => part === undefined) ? undefined : items as T[];
    },
    describe: (values) => values.map((value) => item.describe(value)),
  };
}

/** A part of a record. */
export interface Field<T> {
  /** Its name in the file. */
  readonly key: string;
  /** What it is. */
  readonly kind: StructureKind<T>;
  /** What holds without it; null if the record must have it. */
  readonly fallback: { readonly value: T } | null;
}

/**
 * Makes a part that a record must have.
 *
 * @param key Its name in the file.
 * @param kind What it is.
 * @returns The part.
 */
export function required<T>(key: string, kind: StructureKind<T>): Field<T> {
  return { key, kind, fallback: null };
}

/**
 * Makes a part that a record may have.
 *
 * @param key Its name in the file.
 * @param kind What it is.
 * @param fallback What holds without it.
 * @returns The part.
 */
export function optional<T, F>(key: string, kind: StructureKind<T>, fallback: F): Field<T | F> {
  return { key, kind, fallback: { value: fallback } };
}

/** The parts of a record, by the names that they have in the program. */
export type Fields<T> = { readonly [K in keyof T]-?: Field<T[K]> };

/**
 * Makes the kind of a record.
 *
 * @param fields Its parts.
 * @returns The kind.
 */
export function recordOf<T extends object>(fields: Fields<T>): StructureKind<T> {
  const rows = Object.entries(fields) as [string, Field<unknown>][];
  const keys = rows.map(([, { key }]) => key);
  const known = keys.join(", ");
  return {
    label: `map of ${keys.map((key) => `\`${key}\``).join(", ")}`,
    read(node, context) {
      const byKey = readMap(node, context, `a map of ${known} expected`);
      if (byKey === undefined) return undefined;
      const record: Record<string, unknown> = {};
      let isWhole = true;
      for (const [name, { key, kind, fallback }] of rows) {
        const given = byKey.get(key);
        byKey.delete(key);
        if (given !== undefined) record[name] = kind.read(given.value, context);
        else if (fallback !== null) record[name] = fallback.value;
        else context.report(node.start, `has no "${key}"`, `every entry needs it`);
        if (given !== undefined ? record[name] === undefined : fallback === null) isWhole = false;
      }
      for (const [key, { start }] of byKey) {
        context.report(
          start,
          `has an unknown "${key}"`,
          didYouMean(nearNames(key, keys)) || `one of ${known}`,
        );
      }
      return isWhole && byKey.size === 0 ? record as T : undefined;
    },
    describe(value) {
      const parts: Record<string, DescribedValue> = {};
      for (const [name, { key, kind }] of rows) {
        const part = (value as Record<string, unknown>)[name];
        parts[key] = part === null || part === undefined ? null : kind.describe(part);
      }
      return parts;
    },
  };
}

/**
 * Makes the kind of a map whose keys are free.
 *
 * @param keyLabel What its keys are, for people.
 * @param item What each key has.
 * @returns The kind; its values are objects without a prototype.
 */
export function mapOf<T>(
  keyLabel: string,
  item: StructureKind<T>,
): StructureKind<Readonly<Record<string, T>>> {
  return {
    label: `map from ${keyLabel} to ${item.label}`,
    read(node, context) {
      const byKey = readMap(node, context, `a map from ${keyLabel} to ${item.label} expected`);
      if (byKey === undefined) return undefined;
      const map: Record<string, T> = Object.create(null);
      let isWhole = true;
      for (const [key, { value }] of byKey) {
        const part = item.read(value, context);
        if (part === undefined) isWhole = false;
        else map[key] = part;
      }
      return isWhole ? map : undefined;
    },
    describe: (map) =>
      Object.fromEntries(Object.entries(map).map(([key, value]) => [key, item.describe(value)])),
  };
}

/**
 * Makes a kind of another one, with a check or a change of what was read.
 *
 * @param kind The other kind.
 * @param finish Gets what was read, where it is and the context; returns what it means, or undefined if it reported something.
 * @param describe Shows what it means.
 * @returns The kind.
 */
export function refine<S, T>(
  kind: StructureKind<S>,
  finish: (value: S, node: YamlNode, context: ReadContext) => T | undefined,
  describe: (value: T) => DescribedValue,
): StructureKind<T> {
  return {
    label: kind.label,
    read(node, context) {
      const value = kind.read(node, context);
      return value === undefined ? undefined : finish(value, node, context);
    },
    describe,
  };
}

/** One key of a map, and what it has. */
interface Pair {
  readonly start: number;
  readonly value: YamlNode;
}

/** Takes a map apart, whose keys must be texts and differ. */
function readMap(node: YamlNode, context: ReadContext, expected: string): Map<string, Pair> | undefined {
  if (node.kind !== "mapping") {
    context.report(node.start, "has an invalid value", `a ${node.kind} given, ${expected}`);
    return undefined;
  }
  return readPairs(node, context);
}

function readPairs(node: MappingNode, { report }: ReadContext): Map<string, Pair> | undefined {
  const byKey = new Map<string, Pair>();
  let isFine = true;
  for (const { key, value } of node.pairs) {
    if (key.kind === "scalar" && key.text !== "" && !byKey.has(key.text)) {
      byKey.set(key.text, { start: key.start, value });
      continue;
    }
    isFine = false;
    if (key.kind !== "scalar" || key.text === "") report(key.start, "has an invalid key", "a key is text");
    else report(key.start, `has "${key.text}" twice`, "once is enough");
  }
  return isFine ? byKey : undefined;
}
