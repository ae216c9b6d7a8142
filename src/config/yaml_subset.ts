/**
 * Which YAML the reference takes: less than the language by its tokens, more than the strict parser by its habits.
 *
 * @module
 */

import { tokens, type YamlProblem } from "@std/yaml";

/** Tokens that are refused, by the lexer's names: the reference's name and number (`yaml_token_type_t`). */
const disallowed: ReadonlyMap<string, readonly [string, number]> = new Map([
  ["directive", ["version directive", 3]],
  ["directive-line", ["version directive", 3]],
  ["doc-start", ["document start", 5]],
  ["doc-end", ["document end", 6]],
  ["flow-seq-start", ["flow sequence start", 10]],
  ["flow-seq-end", ["flow sequence end", 11]],
  ["flow-map-start", ["flow mapping start", 12]],
  ["flow-map-end", ["flow mapping end", 13]],
  ["alias", ["alias", 18]],
  ["anchor", ["anchor", 19]],
  ["tag", ["tag", 20]],
]);

/** Tokens that the values of our own directives may have. */
const FLOW_TOKENS: ReadonlySet<string> = new Set([
  "flow-seq-start",
  "flow-seq-end",
  "flow-map-start",
  "flow-map-end",
]);

/** A part of the text. */
export interface TextRange {
  /** Offset of its first character. */
  readonly start: number;
  /** Offset after its last character. */
  readonly end: number;
}

/**
 * Finds the tokens that the reference refuses.
 *
 * @param text The text, with normalized breaks.
 * @param structures Where lists and maps may be written in brackets and braces, in the order of the text.
 * @returns Where they are, and what to say, in the order of the text.
 */
export function findDisallowedTokens(
  text: string,
  structures: readonly TextRange[] = [],
): { start: number; reason: string }[] {
  const found: { start: number; reason: string }[] = [];
  let next = 0;
  for (const token of tokens(text)) {
    const entry = disallowed.get(token.type);
    if (entry === undefined) continue;
    while (next < structures.length && structures[next].end <= token.start) next++;
    if (next < structures.length && structures[next].start <= token.start && FLOW_TOKENS.has(token.type)) {
      continue;
    }
    // Elsewhere than at the start of a line a % begins nothing, and is reported as bad syntax.
    if (token.text.startsWith("%") && token.start > 0 && text[token.start - 1] !== "\n") continue;
    const [name, number] = token.text.startsWith("%TAG") ? ["tag directive", 4] as const : entry;
    const quoted = JSON.stringify(token.text.trim());
    const hint = `${quoted} must be quoted if it is meant as text`;
    found.push({ start: token.start, reason: `conf: ${name} token (${number}) is disallowed; ${hint}` });
  }
  return found;
}

/** What the strict parser says of `"text"# comment`; libyaml sees a comment wherever a token may begin. */
const UNSEPARATED_COMMENT = "Comments must be separated from other tokens by white space characters";

/**
 * Tells whether a complaint of the parser is one of the reference's too.
 *
 * @param problem The complaint.
 * @returns False if the reference takes such text.
 */
export function isSyntaxError(problem: YamlProblem): boolean {
  return problem.message !== UNSEPARATED_COMMENT;
}
