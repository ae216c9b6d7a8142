/**
 * From text to pools with directives, as far as YAML goes; what the directives mean is not judged.
 *
 * The file is a subset of YAML: one document, pools of directives, one list in each pool. Only directives of our own may have
 * lists and maps beyond that, in whatever style.
 *
 * ```text
 *   alpha:                   pool
 *     listen: 127.0.0.1:1    entry: key, one value
 *     servers:               entry: key, its values are the list's items
 *       - 127.0.0.1:2:1
 *     commands: {deny: [A]}  entry of our own: key, a node of any shape
 * ```
 *
 * @module
 */

import { type MappingNode, parseNodes, type ScalarNode, type YamlNode } from "@std/yaml";
import { findOption } from "./options.ts";
import type { Problems } from "./problems.ts";
import { findForbiddenCharacter } from "./text.ts";
import { findDisallowedTokens, isSyntaxError, type TextRange } from "./yaml_subset.ts";

/** One directive as the file has it. */
export interface Entry {
  /** Its name. */
  readonly key: ScalarNode;
  /** Its value, or the items of its list; none if it has a structure. */
  readonly values: readonly ScalarNode[];
  /** The value of a directive that may have parts; null for all others. */
  readonly structure: YamlNode | null;
}

/** Tells whether the value of a directive may have parts. */
export type HasStructure = (key: string) => boolean;

/** One pool as the file has it. */
export interface PoolEntries {
  /** Its name. */
  readonly name: ScalarNode;
  /** Its directives in order. */
  readonly entries: readonly Entry[];
}

/**
 * Reads a document.
 *
 * @param text The text, with normalized breaks.
 * @param problems Takes what is wrong.
 * @param hasStructure Tells which directives may have values with parts.
 * @returns The pools in the order of the file.
 * @throws {ConfigError} If it is not YAML, or not of this shape; all problems of that kind are in it.
 */
export function readDocument(
  text: string,
  problems: Problems,
  hasStructure: HasStructure = () => false,
): PoolEntries[] {
  const { path } = problems;
  const forbidden = findForbiddenCharacter(text);
  if (forbidden !== null) {
    const codePoint = forbidden.codePoint.toString(16).toUpperCase().padStart(4, "0");
    problems.add(forbidden.start, `${syntaxReason(2)}; U+${codePoint} is not allowed in YAML`);
    problems.throwIfAny();
  }

  const { roots, problems: syntax } = parseNodes(text);
  const structures = roots.flatMap((root) => findStructures(root, hasStructure));
  for (const { start, reason } of findDisallowedTokens(text, structures)) problems.add(start, reason);
  for (const problem of syntax) {
    if (isSyntaxError(problem)) problems.add(problem.start, `${syntaxReason(3)}; ${problem.message}`);
  }
  problems.throwIfAny();

  if (roots.length !== 1) {
    problems.add(0, `conf: '${path}' must contain only 1 document; found ${roots.length} documents`);
    problems.throwIfAny();
  }
  const pools = readPools(roots[0], problems, hasStructure);
  problems.throwIfAny();
  return pools;
}

/** The reference's words for text that is not YAML; 2 is its number for bad characters, 3 for bad tokens. */
function syntaxReason(error: 2 | 3): string {
  return `conf: failed (err ${error}) to get the next yaml document`;
}

/** Where the values are that may have parts, in the order of the text. */
function findStructures(root: YamlNode, hasStructure: HasStructure): TextRange[] {
  if (root.kind !== "mapping") return [];
  return root.pairs.flatMap(({ value: body }) =>
    body.kind !== "mapping" ? [] : body.pairs
      .filter(({ key }) => key.kind === "scalar" && hasStructure(key.text))
      .map(({ value }) => value)
  );
}

function readPools(root: YamlNode, problems: Problems, hasStructure: HasStructure): PoolEntries[] {
  const prefix = `conf: '${problems.path}'`;
  const expected = "pools are expected as NAME: with directives below";
  if (root.kind === "scalar") {
    problems.add(root.start, `${prefix} has invalid empty "key:" at depth 0; ${expected}`, null, root.text);
    return [];
  }
  if (root.kind === "sequence") {
    problems.add(root.start, `${prefix} has sequence at depth 0 instead of 2; ${expected}`);
    return [];
  }
  const pools: PoolEntries[] = [];
  for (const { key: name, value: body } of root.pairs) {
    const of = name.kind === "scalar" ? ` in pool "${name.text}"` : "";
    if (name.kind === "mapping") {
      problems.add(name.start, `${prefix} has more than one "key:value" at depth 1; a pool's name is text`);
    } else if (name.kind === "sequence" || body.kind === "sequence") {
      const start = name.kind === "sequence" ? name.start : body.start;
      const hint = misplacedHint(name) ?? "lists belong to directives";
      problems.add(start, `${prefix} has sequence at depth 1 instead of 2${of}; ${hint}`);
    } else if (body.kind === "scalar") {
      const hint = misplacedHint(name) ?? "directives are expected below it";
      const reason = `${prefix} has invalid mapping "key:" at depth 1${of}; ${hint}`;
      problems.add(name.start, reason, name.text, body.text);
    } else {
      pools.push({ name, entries: readEntries(name, body, problems, hasStructure) });
    }
  }
  return pools;
}

/** For a directive in the place of a pool; null for all else. */
function misplacedHint(name: YamlNode): string | null {
  if (name.kind !== "scalar" || findOption(name.text) === null) return null;
  return `"${name.text}" is a directive, and belongs below the name of a pool`;
}

function readEntries(
  name: ScalarNode,
  body: MappingNode,
  problems: Problems,
  hasStructure: HasStructure,
): Entry[] {
  const prefix = `conf: '${problems.path}'`;
  const depth = `${prefix} has a depth greater than 2; a directive's value is text, or a list of texts`;
  const entries: Entry[] = [];
  const countBefore = problems.count;
  let hasSequence = false;
  for (const { key, value } of body.pairs) {
    if (key.kind === "scalar" && hasStructure(key.text)) {
      entries.push({ key, values: [], structure: value });
    } else if (key.kind === "mapping" || value.kind === "mapping") {
      problems.add(key.kind === "mapping" ? key.start : value.start, depth);
    } else if (key.kind === "sequence") {
      problems.add(key.start, `${prefix} has invalid "key:value" at depth 2; a directive's name is text`);
    } else if (value.kind === "scalar") {
      entries.push({ key, values: [value], structure: null });
    } else {
      if (hasSequence) {
        const reason = `${prefix} has more than one sequence directive; pool "${name.text}" has another list`;
        problems.add(key.start, reason, key.text);
      }
      hasSequence = true;
      const values: ScalarNode[] = [];
      for (const item of value.items) {
        if (item.kind === "scalar") values.push(item);
        else if (item.kind === "mapping") problems.add(item.start, depth, key.text);
        else problems.add(item.start, `${prefix} has more than one sequence directive`, key.text);
      }
      entries.push({ key, values, structure: null });
    }
  }
  // What is wrong with the directives may be why there is no list.
  if (!hasSequence && problems.count === countBefore) {
    const reason =
      `${prefix} missing sequence directive at depth 2; pool "${name.text}" has no list of servers`;
    problems.add(name.start, reason);
  }
  return entries;
}
