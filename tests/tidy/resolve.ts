/**
 * Where an import leads to.
 *
 * @module
 */

/**
 * Resolves an import inside the repository.
 *
 * @param importer The path of the module that imports, from the top of the repository.
 * @param specifier What it imports.
 * @returns The path of the module meant, from the top of the repository; null if it is not the project's.
 */
export function resolveImport(importer: string, specifier: string): string | null {
  const facade = /^@std\/(\w+)$/.exec(specifier);
  if (facade !== null) return `src/std/${facade[1]}.ts`;
  if (!specifier.startsWith("./") && !specifier.startsWith("../")) return null;
  return new URL(specifier, `file:///${importer}`).pathname.slice(1);
}
