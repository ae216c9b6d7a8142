/**
 * Where the program touches the platform: `Deno` and `console` have their rooms.
 *
 * @module
 */

import type { Complaint, Source } from "./sources.ts";

/** What may use each name; folders end with a slash. */
export const PLATFORM_ROOMS: Readonly<Record<string, readonly string[]>> = {
  Deno: [
    "main.ts",
    "src/app.ts",
    "src/build/",
    "src/cachenode/demo.ts",
    "src/daemon/",
    "src/log/",
    "src/net/",
    "src/outside.ts",
    "src/stats/",
  ],
  console: ["src/app.ts", "src/cachenode/demo.ts", "src/cli/"],
};

/**
 * Checks that the names of the platform are used only where they belong; tests may use them all.
 *
 * @param sources Modules.
 * @returns A complaint per use elsewhere.
 */
export function checkPlatform(sources: readonly Source[]): Complaint[] {
  const complaints: Complaint[] = [];
  for (const { path, platformUses } of sources) {
    if (path.startsWith("tests/")) continue;
    for (const { name, line } of platformUses) {
      if (mayUse(path, name)) continue;
      complaints.push({ path, line, text: `uses ${name}, which only ${PLATFORM_ROOMS[name].join(" ")} may` });
    }
  }
  return complaints;
}

/**
 * Tells whether a module may use a name of the platform.
 *
 * @param path The module's path from the top of the repository.
 * @param name The name.
 * @returns True if it may.
 */
export function mayUse(path: string, name: string): boolean {
  return PLATFORM_ROOMS[name].some((room) => room.endsWith("/") ? path.startsWith(room) : path === room);
}
