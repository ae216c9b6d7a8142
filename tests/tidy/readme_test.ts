import { assertEquals, assertThrows } from "@std/assert";
import { updateReadme } from "../support/readme.ts";

const README = new URL("../../README.md", import.meta.url);

Deno.test("README's generated tables are up to date (deno task readme)", () => {
  const readme = Deno.readTextFileSync(README);
  assertEquals(readme, updateReadme(readme));
});

Deno.test("an outdated table is replaced, whatever it holds", () => {
  const readme = Deno.readTextFileSync(README);
  const outdated = readme.replace(/(<!-- generated: directives -->\n)[^]*?(<!-- end -->)/, "$1old\n$2");
  assertEquals(updateReadme(outdated), updateReadme(readme));
});

Deno.test("a table that README lost is missed", () => {
  assertThrows(() => updateReadme("# nutcracker\n"), Error, "README has no place for it");
});
