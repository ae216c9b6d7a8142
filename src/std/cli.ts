/**
 * What the project uses of `@std/cli`: `parseArgs`, over the platform's `node:util`.
 *
 * It takes the standard package's `boolean`, `string` and `alias`, and goes beyond it in giving
 * the tokens in their order, which getopt's rule "the first bad option ends it" needs.
 *
 * @module
 */

import { parseArgs as nodeParseArgs, type ParseArgsOptionsConfig } from "node:util";

/** Which options there are. */
export interface ParseOptions {
  /** Names of the options without an argument. */
  readonly boolean: readonly string[];
  /** Names of the options with one. */
  readonly string: readonly string[];
  /** Other names of an option; those of one character are written with one dash or with two. */
  readonly alias: Readonly<Record<string, readonly string[]>>;
}

/** One option as it was given. */
export interface OptionToken {
  /** Its own name, also if an alias was given; what was given if no option has that name. */
  readonly name: string;
  /** The name as it was given, with its dashes; a cluster is taken apart. */
  readonly rawName: string;
  /** Whether there is such an option. */
  readonly known: boolean;
  /** Its argument; undefined if there is none. */
  readonly value: string | undefined;
}

/** The arguments, sorted. */
export interface ParsedArgs {
  /** Arguments that belong to no option, in order. */
  readonly _: readonly string[];
  /** The options in order; this goes beyond `@std/cli`. */
  readonly tokens: readonly OptionToken[];
}

/**
 * Sorts command-line arguments by the conventions of getopt_long: clusters of short options,
 * arguments joined (`-v6`, `--verbose=6`) or apart, `--` as the end of the options.
 *
 * @param args The arguments.
 * @param options Which options there are.
 * @returns Options and the rest; nothing is judged.
 */
export function parseArgs(args: readonly string[], options: ParseOptions): ParsedArgs {
  const nodeOptions: ParseArgsOptionsConfig = {};
  const names = new Map<string, string>();
  for (const [type, given] of [["boolean", options.boolean], ["string", options.string]] as const) {
    for (const name of given) {
      for (const alias of [name, ...(options.alias[name] ?? [])]) {
        nodeOptions[alias] = alias.length === 1 ? { type, short: alias } : { type };
        names.set(alias, name);
      }
    }
  }
  const parsed = nodeParseArgs({
    args: [...args],
    options: nodeOptions,
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const tokens: OptionToken[] = [];
  for (const token of parsed.tokens) {
    if (token.kind !== "option") continue;
    const { rawName, value } = token;
    const name = names.get(token.name);
    tokens.push({ name: name ?? token.name, rawName, known: name !== undefined, value });
  }
  return { _: parsed.positionals, tokens };
}
