import { assert, assertEquals, assertMatch } from "@std/assert";
import { FLAGS } from "../../../src/cli/flags.ts";
import { manPage } from "../../../src/cli/man_page.ts";
import { OPTIONS } from "../../../src/config/options.ts";
import { realTest, requireProgram } from "../../support/programs.ts";

/** Formats the page as man(1) does it, in one long line per paragraph. */
async function format(page: string): Promise<{ text: string; warnings: string }> {
  const child = new Deno.Command(requireProgram("groff"), {
    args: ["-man", "-Tascii", "-P-c", "-ww", "-rLL=2000n"],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(page));
  await writer.close();
  const { stdout, stderr } = await child.output();
  const decoder = new TextDecoder();
  // deno-lint-ignore no-control-regex
  const overstrikes = /.\x08/g;
  // What is bold or underlined is written twice, with a step back between.
  return { text: decoder.decode(stdout).replace(overstrikes, ""), warnings: decoder.decode(stderr) };
}

realTest("groff", "the manual page has no mistakes, and names every flag and directive", async () => {
  const { text, warnings } = await format(manPage("1.2.3"));
  assertEquals(warnings, "");
  assertMatch(text, /nutcracker 1\.2\.3/);
  for (const { short, long, noun } of FLAGS) {
    const argument = noun === "" ? "" : `=${noun}`;
    const term = `       ${short === null ? "" : `-${short}, `}--${long}${argument}`;
    // What a short term means stands beside it.
    assert(text.includes(`${term}\n`) || text.includes(`${term}  `), term);
  }
  for (const { key } of OPTIONS) assert(text.includes(`       ${key}: `), key);
  assertMatch(text, /-c, --conf-file=conf file\n +Set configuration file; default: conf\/nutcracker\.yml\./);
  assertMatch(text, /SIGHUP +opens the log file anew/);
});

Deno.test("the manual page has no links of README", () => assert(!manPage("1.0.0").includes("](")));

Deno.test("the manual page says nothing that roff would take for a request", () => {
  const requests = new Set(manPage("1.0.0").split("\n").flatMap((line) => /^[.']\S*/.exec(line) ?? []));
  assertEquals([...requests].sort(), [".B", ".BR", ".PP", ".SH", ".TH", ".TP", '.\\"']);
});
