/**
 * Checks a Containerfile, a program of its own with a lock file of its own, so that who runs the proxy need not download
 * the linter: `containerfile_lint.ts FILE` prints what is wrong, a line each.
 *
 * @module
 */

/** What the linter says of one place. */
interface Diagnostic {
  readonly message: string;
  readonly range: { readonly start: { readonly line: number } };
}

/** What is used of the package; the specifier is computed, so that `deno check` does not ask for it. */
interface Linter {
  validate(text: string): readonly Diagnostic[];
}

const PACKAGE = "npm:dockerfile-utils@0.16.3";

if (import.meta.main) {
  const { validate } = await import(PACKAGE) as Linter;
  const lines = validate(Deno.readTextFileSync(Deno.args[0]))
    .map(({ message, range }) => `${range.start.line + 1}: ${message}\n`);
  Deno.stdout.writeSync(new TextEncoder().encode(lines.join("")));
}
