/**
 * What the compile task tells the program about itself.
 *
 * @module
 */

/** The file that the compile task writes and embeds, from the top of the repository. */
export const BUILD_FILE = "dist/build.json";

/** How the program was compiled. */
export interface BuildInfo {
  /** The commit that it was compiled from; `-dirty` behind it means with changes. */
  readonly commit: string;
}

/**
 * Reads what is embedded in the executable.
 *
 * @returns How it was compiled; null if the program is run from its sources, or was compiled by other means.
 */
export function readBuildInfo(): BuildInfo | null {
  if (!Deno.build.standalone) return null;
  try {
    return JSON.parse(Deno.readTextFileSync(new URL(`../../${BUILD_FILE}`, import.meta.url)));
  } catch {
    // An executable that was compiled without the task has no such file.
    return null;
  }
}
