/**
 * The project's sources, parsed as far as the tidy checks want to know them.
 *
 * The parser is that of Deno's lint plugins, which `deno test` offers without a dependency.
 *
 * @module
 */

/** A place in a source that refers to another module. */
export interface Import {
  /** What is written there; null if it is computed at run time. */
  readonly specifier: string | null;
  /** The line, from 1. */
  readonly line: number;
}

/** A function, method or accessor. */
export interface FunctionSpan {
  /** Its name, or the name of what it is assigned to; null if there is neither. */
  readonly name: string | null;
  /** Its first line, from 1. */
  readonly line: number;
  /** How many lines it spans. */
  readonly lines: number;
}

/** A use of a name of the platform. */
export interface NameUse {
  /** The name. */
  readonly name: string;
  /** The line, from 1. */
  readonly line: number;
}

/** A parsed module. */
export interface Source {
  /** Its path from the top of the repository. */
  readonly path: string;
  /** Its text. */
  readonly text: string;
  /** What it imports, by whichever syntax. */
  readonly imports: readonly Import[];
  /** Its functions, nested ones too. */
  readonly functions: readonly FunctionSpan[];
  /** Where it says `Deno` or `console`. */
  readonly platformUses: readonly NameUse[];
  /** Whether it declares tests or benches. */
  readonly declaresTests: boolean;
}

/** What is wrong, and where. */
export interface Complaint {
  /** The file's path from the top of the repository. */
  readonly path: string;
  /** The line, from 1. */
  readonly line: number;
  /** What is wrong. */
  readonly text: string;
}

/** What declares tests: functions of `Deno`, and those that call them for others. */
const DECLARING_METHODS = ["test", "bench"];
const DECLARING_FUNCTIONS = ["realTest", "newerTest", "testWithKinds", "fuzzTest"];

/**
 * Parses a module.
 *
 * @param path Its path from the top of the repository.
 * @param text Its text.
 * @returns What the checks want to know of it.
 */
export function parseSource(path: string, text: string): Source {
  const lineOf = lineFinder(text);
  const imports: Import[] = [];
  const functions: FunctionSpan[] = [];
  const platformUses: NameUse[] = [];
  let declaresTests = false;

  const addImport = (node: Deno.lint.Node, specifier: unknown): void => {
    const known = typeof specifier === "string" ? specifier : null;
    imports.push({ specifier: known, line: lineOf(node.range[0]) });
  };
  const addFunction = (node: FunctionNode): void => {
    const line = lineOf(node.range[0]);
    functions.push({ name: nameOf(node), line, lines: lineOf(node.range[1] - 1) - line + 1 });
  };
  const visitor: Deno.lint.LintVisitor = {
    ImportDeclaration: (node) => addImport(node, node.source.value),
    ExportAllDeclaration: (node) => addImport(node, node.source.value),
    ExportNamedDeclaration: (node) => {
      if (node.source) addImport(node, node.source.value);
    },
    ImportExpression: (node) => addImport(node, literal(node.source)),
    TSImportType: (node) => addImport(node, literal((node.argument as { literal?: unknown }).literal)),
    NewExpression: (node) => {
      // Workers are started with new URL("./module.ts", import.meta.url).
      const target = literal(node.arguments[0]);
      const isUrl = node.callee.type === "Identifier" && node.callee.name === "URL";
      if (isUrl && typeof target === "string" && /^\.{1,2}\/.*\.ts$/.test(target)) addImport(node, target);
    },
    FunctionDeclaration: addFunction,
    FunctionExpression: addFunction,
    ArrowFunctionExpression: addFunction,
    Identifier: ({ name, range }) => {
      if (name === "Deno" || name === "console") platformUses.push({ name, line: lineOf(range[0]) });
    },
    CallExpression: ({ callee }) => {
      if (isDeclaring(callee)) declaresTests = true;
    },
  };
  Deno.lint.runPlugin({ name: "tidy", rules: { facts: { create: () => visitor } } }, path, text);
  return { path, text, imports, functions, platformUses, declaresTests };
}

type FunctionNode =
  | Deno.lint.FunctionDeclaration
  | Deno.lint.FunctionExpression
  | Deno.lint.ArrowFunctionExpression;

function literal(node: unknown): unknown {
  const { type, value } = (node ?? {}) as { type?: string; value?: unknown };
  return type === "Literal" ? value : undefined;
}

function isDeclaring(callee: Deno.lint.Node): boolean {
  if (callee.type === "Identifier") return DECLARING_FUNCTIONS.includes(callee.name);
  if (callee.type !== "MemberExpression") return false;
  const { object, property } = callee;
  return object.type === "Identifier" && object.name === "Deno" && property.type === "Identifier" &&
    DECLARING_METHODS.includes(property.name);
}

function nameOf(node: FunctionNode): string | null {
  const { parent } = node as { parent?: { key?: { name?: string }; id?: { name?: string } } };
  const own = node.type === "ArrowFunctionExpression" ? null : node.id?.name;
  return own ?? parent?.key?.name ?? parent?.id?.name ?? null;
}

/** Makes a function that tells the line of an offset, by binary search over the starts of lines. */
function lineFinder(text: string): (offset: number) => number {
  const starts = [0];
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  return (offset) => {
    let low = 0;
    let high = starts.length;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (starts[middle] <= offset) low = middle;
      else high = middle;
    }
    return low + 1;
  };
}
