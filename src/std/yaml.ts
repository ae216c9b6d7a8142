/**
 * `@std/yaml` over npm's `yaml`, and beyond it what a configuration file needs: where in the text things stand.
 *
 * {@link parse} is the standard package's. The rest goes beyond it, because the standard package
 * gives plain values without positions: {@link parseNodes} gives a tree in which every scalar is
 * the text that it spells, and {@link tokens} the tokens of the text.
 *
 * @module
 */

import process from "node:process";
import * as yaml from "yaml";

/**
 * Calls a parser of the package, which looks for two debugging variables of its own in the environment. It finds none,
 * so that a program without the permission to read its environment can parse YAML too.
 */
function withoutEnvironment<T>(call: () => T): T {
  const environment = process.env;
  process.env = {};
  try {
    return call();
  } finally {
    process.env = environment;
  }
}

/**
 * Parses one YAML document into plain values.
 *
 * @param text The document.
 * @returns What it describes; null for an empty one.
 * @throws {SyntaxError} If it is not YAML.
 */
export function parse(text: string): unknown {
  try {
    return withoutEnvironment(() => yaml.parse(text, { prettyErrors: true }));
  } catch (error) {
    throw new SyntaxError((error as Error).message);
  }
}

/** A scalar, whatever its type would be: its text. */
export interface ScalarNode {
  /** Which kind of node it is. */
  readonly kind: "scalar";
  /** Offset of its first character. */
  readonly start: number;
  /** Offset after its last character. */
  readonly end: number;
  /** Its text after quotes, escapes and folding; empty if nothing is there. */
  readonly text: string;
}

/** A list. */
export interface SequenceNode {
  /** Which kind of node it is. */
  readonly kind: "sequence";
  /** Offset of its first character. */
  readonly start: number;
  /** Offset after its last character. */
  readonly end: number;
  /** Its items in order. */
  readonly items: readonly YamlNode[];
}

/** A mapping; equal keys are all kept, in order. */
export interface MappingNode {
  /** Which kind of node it is. */
  readonly kind: "mapping";
  /** Offset of its first character. */
  readonly start: number;
  /** Offset after its last character. */
  readonly end: number;
  /** Its keys and values in order. */
  readonly pairs: readonly { readonly key: YamlNode; readonly value: YamlNode }[];
}

/** A node with its position. */
export type YamlNode = ScalarNode | SequenceNode | MappingNode;

/** A place where the text is not YAML. */
export interface YamlProblem {
  /** Offset of the first character that is wrong. */
  readonly start: number;
  /** The parser's name for this class of problem. */
  readonly code: string;
  /** What is wrong. */
  readonly message: string;
}

/** Every document of a text. */
export interface YamlNodes {
  /** The root of each document that is not empty. */
  readonly roots: readonly YamlNode[];
  /** What is wrong, in the order of the text; the roots are best guesses then. */
  readonly problems: readonly YamlProblem[];
}

/**
 * Parses text into nodes with positions, by YAML 1.1.
 *
 * Anchors and tags are left out, and an alias is an empty scalar.
 *
 * @param text The text.
 * @returns The documents and what is wrong with them.
 */
export function parseNodes(text: string): YamlNodes {
  const options = { version: "1.1", schema: "failsafe", uniqueKeys: false, prettyErrors: false } as const;
  const documents = withoutEnvironment(() => yaml.parseAllDocuments(text, options));
  if (!Array.isArray(documents)) return { roots: [], problems: [] };
  const problems: YamlProblem[] = [];
  const roots: YamlNode[] = [];
  for (const document of documents) {
    for (const { code, pos, message } of document.errors) problems.push({ start: pos[0], code, message });
    if (document.contents !== null) roots.push(convert(document.contents, document.range[0]));
  }
  return { roots, problems };
}

function convert(node: unknown, parentStart: number): YamlNode {
  if (!yaml.isNode(node)) return { kind: "scalar", start: parentStart, end: parentStart, text: "" };
  const start = node.range?.[0] ?? parentStart;
  const end = node.range?.[1] ?? start;
  if (yaml.isMap(node)) {
    const pairs = node.items.map(({ key, value }) => {
      const keyNode = convert(key, start);
      return { key: keyNode, value: convert(value, keyNode.start) };
    });
    // The start that yaml gives to a mapping behind "? " or "- " is that of its first colon.
    return { kind: "mapping", start: Math.min(start, pairs[0]?.key.start ?? start), end, pairs };
  }
  if (yaml.isSeq(node)) {
    return { kind: "sequence", start, end, items: node.items.map((item) => convert(item, start)) };
  }
  const text = yaml.isScalar(node) && node.value !== null ? String(node.value) : "";
  return { kind: "scalar", start, end, text };
}

/** One token of the text. */
export interface YamlToken {
  /** Offset of its first character. */
  readonly start: number;
  /** Its kind, as `yaml`'s lexer names it, or `scalar` for the text of a scalar. */
  readonly type: string;
  /** The token itself. */
  readonly text: string;
}

/**
 * Cuts text into tokens.
 *
 * @param text The text.
 * @returns Every token in order; together they are the text.
 */
export function tokens(text: string): YamlToken[] {
  const found: YamlToken[] = [];
  let start = 0;
  // The lexer puts a mark of its own, which is not in the text, before every scalar.
  let isScalar = false;
  for (const source of new yaml.Lexer().lex(text)) {
    const type: string = isScalar ? "scalar" : yaml.CST.tokenType(source) ?? "error";
    if (!isScalar && (type === "doc-mode" || type === "flow-error-end" || type === "scalar")) {
      isScalar = type === "scalar";
      continue;
    }
    found.push({ start, type, text: source });
    start += source.length;
    isScalar = false;
  }
  return found;
}
