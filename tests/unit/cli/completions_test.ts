import { assert, assertEquals } from "@std/assert";
import { completionScript } from "../../../src/cli/completions.ts";
import { FLAGS, type Shell, SHELLS } from "../../../src/cli/flags.ts";
import { realTest, requireProgram } from "../../support/programs.ts";
import { makeScratchFolder, removeFolder } from "../../support/start.ts";

/** Runs a shell in a folder with these files, and the completions in `completions`. */
async function runShell(
  shell: Shell,
  args: readonly string[],
  files: readonly string[] = [],
): Promise<string> {
  const folder = await makeScratchFolder();
  try {
    for (const file of files) await Deno.writeTextFile(`${folder}/${file}`, "");
    await Deno.writeTextFile(`${folder}/completions`, completionScript(shell));
    const command = new Deno.Command(requireProgram(shell), {
      args: [...args],
      cwd: folder,
      env: { HOME: folder, XDG_CONFIG_HOME: folder, XDG_DATA_HOME: folder },
    });
    const { success, stdout, stderr } = await command.output();
    const [out, problems] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
    assert(success, problems);
    assertEquals(problems, "");
    return out;
  } finally {
    await removeFolder(folder);
  }
}

/** What bash offers for a command line, its words as bash parts them; the last one is completed. */
async function completeInBash(words: readonly string[]): Promise<string[]> {
  const quoted = words.map((word) => `'${word}'`).join(" ");
  const script = `source completions; COMP_WORDS=(${quoted}); COMP_CWORD=${words.length - 1}; _nutcracker; ` +
    `printf '%s\\n' "\${COMPREPLY[@]}"`;
  const out = await runShell("bash", ["--norc", "-c", script], ["a.yml", "b c.yml", "z.log"]);
  return out.trimEnd().split("\n");
}

realTest("bash", "completions: bash offers flags, files and choices, each where it belongs", async () => {
  assertEquals(await completeInBash(["nutcracker", "--st"]), [
    "--stats-port",
    "--stats-addr",
    "--stats-interval",
  ]);
  assertEquals(await completeInBash(["nutcracker", "-c", "a"]), ["a.yml"]);
  assertEquals(await completeInBash(["nutcracker", "-c", "b"]), ["b c.yml"]);
  assertEquals(await completeInBash(["nutcracker", "--conf-file", "=", "a"]), ["a.yml"]);
  assertEquals((await completeInBash(["nutcracker", "--conf-file", "="])).sort(), [
    "a.yml",
    "b c.yml",
    "completions",
    "z.log",
  ]);
  assertEquals(await completeInBash(["nutcracker", "--log-format", ""]), ["text", "json"]);
  assertEquals(await completeInBash(["nutcracker", "-s", ""]), [""]);
  const all = await completeInBash(["nutcracker", "-d", "-"]);
  for (const { short, long } of FLAGS) {
    assert(all.includes(`--${long}`) && (short === null || all.includes(`-${short}`)), long);
  }
});

realTest("zsh", "completions: zsh takes the script", async () => {
  await runShell("zsh", ["-f", "-n", "completions"]);
  // Outside of a completion the arguments can be looked at, but not used.
  const script = `_arguments() { print -rl -- "$@" }; source ./completions`;
  const specs = (await runShell("zsh", ["-f", "-c", script])).trimEnd().split("\n");
  assert(
    specs.includes("(-c --conf-file)--conf-file=[set configuration file]:conf file:_files"),
    specs.join("\n"),
  );
  for (const { long } of FLAGS) assert(specs.some((spec) => spec.includes(`--${long}`)), long);
});

realTest("fish", "completions: fish offers flags and choices", async () => {
  const complete = async (line: string): Promise<string[]> => {
    const script = `source completions; complete -C '${line}'`;
    return (await runShell("fish", ["--no-config", "-c", script])).trimEnd().split("\n");
  };
  const flags = await complete("nutcracker --");
  for (const { long, sentence } of FLAGS) {
    assert(
      flags.some((line) => line === `--${long}\t${sentence}` || line === `--${long}=\t${sentence}`),
      long,
    );
  }
  const formats = await complete("nutcracker --log-format ");
  assertEquals(formats.map((line) => line.split("\t")[0]).sort(), ["json", "text"]);
});

Deno.test("completions: no flag holds what a shell would take for its own", () => {
  for (const { sentence, noun } of FLAGS) assert(!/['"`$\\]/.test(sentence + noun), sentence);
  assertEquals(SHELLS.map((shell) => completionScript(shell).endsWith("\n")), [true, true, true]);
});
