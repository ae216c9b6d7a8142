import { assert, assertEquals } from "@std/assert";
import { DEFAULT_OPTIONS, FLAGS } from "../../src/cli/flags.ts";
import { usageLines } from "../../src/cli/help.ts";
import { parseCommandLine } from "../../src/cli/parse.ts";
import { realTest, requireProgram } from "../support/programs.ts";

/** Command lines, the good ones with a configuration file that is not there. */
const commandLines: readonly string[] = [
  ...[
    "-c none",
    "-cnone",
    "-c=none",
    "--conf-file none",
    "--conf-file=none",
    "--conf none",
    "--c=none",
    "--c none",
  ],
  ...[
    "-dc none",
    "-dcnone",
    "-tdcnone",
    "none -c none2 none3",
    "-c none -- -c none2",
    "-c none -- -z",
    "-c -d",
    "-c --",
  ],
  ...[
    "-c none -v 6",
    "-c none -dv 6",
    "-c none -dv6",
    "-c none -v6",
    "-c none --verb 6",
    "-c none --verbose=6",
  ],
  ...[
    "-c none -v 12",
    "-c none -i 0",
    "-c none -s 1",
    "-c none -s 65535",
    "-c none -m 512",
    "-c none -m 16777216",
  ],
  ...[
    "-c none -a x",
    "-c none -o x",
    "-c none --o x",
    "-c none -p x",
    "-c none -",
    "-c a -c b",
    "-o -c -c none",
  ],
  ...["-z", "-?", "-:", "-dz", "-zd", "-d=5", "-c none -z", "-z -s 0", "-s 0 -z", "-h -z", "-V -m 1"],
  ...["-v", "-v x", "-v -1", "-v 1k", "-v 1.5", "--verbose", "--verbose=", "--verbose=x", "-dv"],
  ...["-o", "--output", "-do", "-c", "--conf-file", "-p", "--pid-file", "-a", "--stats-addr"],
  ...[
    "-s",
    "-s x",
    "-s 0",
    "-s 00",
    "-s 65536",
    "-s 70000",
    "--stats-port=0",
    "--stats-p 0",
    "-s=1",
    "-s -1",
  ],
  ...["-i", "-i x", "-i -1", "--stats-interval=x", "--stats-i x"],
  ...["-m", "-m x", "-m 0", "-m 1", "-m 511", "-m 16777217", "-m 99999999999", "--mbuf-size=1", "--m 1"],
  ...["--help=x", "--daemonize=", "--test=1", "--version=1"],
  ...["-h", "--help", "--h", "-V", "--version", "-D", "--describe-stats", "--de", "-hV", "-tV", "-Vt", "-VD"],
];

/** What cannot be told from the reference's words, because it prints a NUL for the name. */
const unknownLong: readonly string[] = [
  "--foo",
  "--foo=1",
  "--ver",
  "--stats 1",
  "--d",
  "--D",
  "--v 1",
  "--a x",
  "--=x",
];

interface Outcome {
  readonly code: number;
  readonly lines: readonly string[];
}

/** Runs the reference; `-t` keeps it from starting. */
async function runThere(args: readonly string[]): Promise<Outcome> {
  const command = new Deno.Command(requireProgram("nutcracker"), { args: ["-t", ...args], stdout: "null" });
  const { code, stderr } = await command.output();
  return { code, lines: new TextDecoder().decode(stderr).replaceAll("\r", "").split("\n") };
}

for (const line of commandLines) {
  realTest("nutcracker", `the same becomes of nutcracker ${line}`, async () => {
    const args = line.split(" ");
    const there = await runThere(args);
    const here = parseCommandLine(["-t", ...args]);
    if (here.kind === "error") {
      assertEquals([there.code, there.lines[0]], [1, here.lines[0]]);
    } else if (here.kind === "test") {
      assert(here.options.confPath !== DEFAULT_OPTIONS.confPath, "the case names a file");
      const verdict = `nutcracker: configuration file '${here.options.confPath}' syntax is invalid`;
      assertEquals([there.code, there.lines[0]], [1, verdict]);
    } else {
      assertEquals([there.code, there.lines[0]], [0, "This is nutcracker-0.5.0"]);
      assertEquals(there.lines.some((text) => text.startsWith("Usage:")), here.kind === "help");
      assertEquals(there.lines.includes("pool stats:"), "describe" in here && here.describe);
    }
  });
}

for (const line of unknownLong) {
  realTest("nutcracker", `nutcracker ${line} is refused, and here by its name`, async () => {
    const args = line.split(" ");
    const there = await runThere(args);
    assertEquals([there.code, there.lines[0]], [1, "nutcracker: invalid option -- '\0'"]);
    const here = parseCommandLine(args);
    assert(here.kind === "error" && here.lines[0].startsWith("nutcracker: invalid option -- '"), here.kind);
  });
}

realTest("nutcracker", "the help is the reference's", async () => {
  // Debian builds in other default paths, and the order of the letters here is that of the list.
  const comparable = (lines: readonly string[]) =>
    lines.map((line) =>
      line.replace(/\[-\?.*?\]/, "").replace(/\(default: (\/.*|stderr|off|conf\/.*)\)/, "")
    );
  const isOwn = (line: string) =>
    FLAGS.some(({ own, long, noun }) =>
      own && (line.includes(`--${long}`) || (noun !== "" && line.trim().endsWith(`${noun}]`)))
    );
  const there = await runThere(["-h"]);
  assertEquals(comparable(there.lines.slice(3, -1)), comparable(usageLines().filter((line) => !isOwn(line))));
});
