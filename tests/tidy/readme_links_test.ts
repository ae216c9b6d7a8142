/**
 * README leads to headings and files that there are, and its configurations can be used.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { loadConfig } from "../../src/config/load.ts";

const ROOT = new URL("../../", import.meta.url);
const readme = Deno.readTextFileSync(new URL("README.md", ROOT));
/** README without what stands in fences. */
const prose = readme.replace(/^```[^]*?^```$/gm, "");

/** What a heading is called in a link. */
function anchorOf(heading: string): string {
  return heading.toLowerCase().replace(/[^\w\- ]/g, "").replaceAll(" ", "-");
}

/** Where the links of a text lead. */
function targetsOf(text: string): string[] {
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => target);
}

Deno.test("README: every link leads somewhere, and no two headings have one name", () => {
  const anchors = [...prose.matchAll(/^#+ (.*)$/gm)].map(([, heading]) => anchorOf(heading));
  assertEquals(anchors.filter((anchor, i) => anchors.indexOf(anchor) !== i), []);
  const targets = targetsOf(prose);
  assert(targets.length > 40, `${targets.length} links`);
  for (const target of targets.filter((each) => !/^https?:/.test(each))) {
    if (target.startsWith("#")) assert(anchors.includes(target.slice(1)), `no heading ${target}`);
    else Deno.statSync(new URL(target, ROOT));
  }
});

Deno.test("README: the contents name every heading of the second level in their order", () => {
  const [, contents] = /^Contents:\n([^]*?)^## /m.exec(prose)!;
  const named = [...contents.matchAll(/^- \[([^\]]*)\]/gm)].map(([, title]) => title);
  assertEquals(named, [...prose.matchAll(/^## (.*)$/gm)].map(([, title]) => title));
});

Deno.test("README: every example in conf/ is named", () => {
  const names = [...Deno.readDirSync(new URL("conf/", ROOT))].map(({ name }) => name);
  assert(names.length > 0);
  assertEquals(names.filter((name) => !prose.includes(`](conf/${name})`)), []);
});

Deno.test("README: every configuration can be used", () => {
  const blocks = [...readme.matchAll(/^```yaml\n([^]*?)^```$/gm)].map(([, text]) => text);
  const pools = blocks.filter((text) => text.includes("  servers:"));
  assert(pools.length >= 3, `${pools.length} configurations`);
  for (const text of pools) {
    const outside = {
      readFile: () => new TextEncoder().encode("secret\n"),
      readVariable: () => "secret",
    };
    assertEquals(loadConfig("README.md", text, outside).pools.length, 1);
  }
});
