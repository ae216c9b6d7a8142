/**
 * The parts of README that are generated from tables in the code.
 *
 * `deno task readme` writes them; a tidy test checks that they are up to date.
 *
 * @module
 */

import { FLAGS } from "../../src/cli/flags.ts";
import { formatOptionTable } from "../../src/config/option_table.ts";
import { PERMISSIONS } from "../../src/daemon/permissions.ts";
import { commandTable } from "../../src/protocol/redis/command_docs.ts";
import { readMeasured, speedTables } from "../bench/speed/measured.ts";

const SECTIONS: Readonly<Record<string, () => string>> = {
  permissions: permissionTable,
  flags: flagTable,
  directives: formatOptionTable,
  commands: commandTable,
  speed: () => speedTables(readMeasured()),
};

function permissionTable(): string {
  const rows = PERMISSIONS.map(({ flag, purpose, unless, onlyCompiled }) =>
    `| \`${flag}\` | ${purpose} | ${unless} | ${onlyCompiled ? "no" : "yes"} |`
  );
  return [
    "| permission | what for | not needed if | in `deno task start` |",
    "|---|---|---|---|",
    ...rows,
    "",
  ].join("\n");
}

function flagTable(): string {
  const rows = FLAGS.map(({ short, long, noun, sentence, fallback }) => {
    const argument = noun === "" ? "" : ` ${noun.toUpperCase().replaceAll(" ", "_")}`;
    const letter = short === null ? "" : `\`-${short}\`, `;
    return `| ${letter}\`--${long}\`${argument} | ${sentence} | ${fallback} |`;
  });
  return ["| flag | meaning | default |", "|---|---|---|", ...rows, ""].join("\n");
}

/**
 * Brings the generated parts of README up to date.
 *
 * @param readme README as it is.
 * @returns README as it should be.
 * @throws {Error} If a part is missing, or is none that can be generated.
 */
export function updateReadme(readme: string): string {
  const seen = new Set<string>();
  const updated = readme.replace(
    /<!-- generated: (\w+) -->\n[^]*?<!-- end -->/g,
    (_, name: string) => {
      const make = SECTIONS[name];
      if (make === undefined) {
        throw new Error(`Cannot generate "${name}": README asks for it and nothing makes it`);
      }
      seen.add(name);
      return `<!-- generated: ${name} -->\n<!-- deno-fmt-ignore-start -->\n\n${make()}\n<!-- deno-fmt-ignore-end -->\n<!-- end -->`;
    },
  );
  for (const name of Object.keys(SECTIONS)) {
    if (!seen.has(name)) throw new Error(`Cannot find "${name}": README has no place for it`);
  }
  return updated;
}

if (import.meta.main) {
  const path = new URL("../../README.md", import.meta.url);
  Deno.writeTextFileSync(path, updateReadme(Deno.readTextFileSync(path)));
}
