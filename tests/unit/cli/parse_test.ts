import { assertEquals } from "@std/assert";
import { DEFAULT_OPTIONS, flagKey, FLAGS, type Options } from "../../../src/cli/flags.ts";
import { usageLines } from "../../../src/cli/help.ts";
import { parseCommandLine } from "../../../src/cli/parse.ts";

/** What command lines set; everything else has its default. */
const runs: readonly [args: readonly string[], options: Partial<Options>][] = [
  [[], {}],
  [["-d"], { daemonize: true }],
  [["--daemonize"], { daemonize: true }],
  [["-v", "6"], { verbosity: 6 }],
  [["-v6"], { verbosity: 6 }],
  [["-dv", "6"], { daemonize: true, verbosity: 6 }],
  [["-dv6"], { daemonize: true, verbosity: 6 }],
  [["--verbose=6"], { verbosity: 6 }],
  [["--verbose", "6"], { verbosity: 6 }],
  [["--verb", "6"], { verbosity: 6 }],
  [["-v", "0"], { verbosity: 0 }],
  [["-v", "12"], { verbosity: 11 }],
  [["-v", "99999999999"], { verbosity: 11 }],
  [["-v", "3", "-v", "4"], { verbosity: 4 }],
  [["-o", "log"], { outputPath: "log" }],
  [["--o=log"], { outputPath: "log" }],
  [["--output="], { outputPath: "" }],
  [["-o", "-d"], { outputPath: "-d" }],
  [["-o", "--", "-d"], { outputPath: "--", daemonize: true }],
  [["-c", "x.yml"], { confPath: "x.yml" }],
  [["-cx.yml"], { confPath: "x.yml" }],
  [["-c=x.yml"], { confPath: "=x.yml" }],
  [["--conf-file=a=b"], { confPath: "a=b" }],
  [["-s", "1"], { statsPort: 1 }],
  [["--stats-port=65535"], { statsPort: 65535 }],
  [["--stats-p", "0080"], { statsPort: 80 }],
  [["-a", "127.0.0.1"], { statsAddress: "127.0.0.1" }],
  [["--stats-a=::"], { statsAddress: "::" }],
  [["-i", "10"], { statsIntervalMs: 10 }],
  [["-i", "0"], { statsIntervalMs: 0 }],
  [["-i", "99999999999"], { statsIntervalMs: 2147483647 }],
  [["-p", "pid"], { pidPath: "pid" }],
  [["--pid-file", "pid"], { pidPath: "pid" }],
  [["-m", "512"], { mbufBytes: 512 }],
  [["--mbuf-size=16777216"], { mbufBytes: 16777216 }],
  [["-w", "1"], { workers: 1 }],
  [["-w256"], { workers: 256 }],
  [["--workers=2"], { workers: 2 }],
  [["--wo", "auto"], { workers: "auto" }],
  [["--watch-conf"], { watchesConf: true }],
  [["--wa"], { watchesConf: true }],
  [["--shutdown-timeout=0"], { shutdownTimeoutMs: 0 }],
  [["--shutdown-timeout", "99999999999"], { shutdownTimeoutMs: 2147483647 }],
  [["--sh=5"], { shutdownTimeoutMs: 5 }],
  [["file", "-d", "other"], { daemonize: true }],
  [["-"], {}],
  [["--log-format=json"], { logFormat: "json" }],
  [["--log-f", "json"], { logFormat: "json" }],
  [["--log-sample", "100"], { logSamplePeriod: 100 }],
  [["--locate", "alpha:a:b"], { locate: "alpha:a:b" }],
  [["--admin-token-file=t"], { adminTokenPath: "t" }],
  [["--", "-d", "-z"], {}],
  [["-d", "--", "--foo"], { daemonize: true }],
];

for (const [args, options] of runs) {
  Deno.test(`nutcracker ${args.join(" ")}`, () => {
    const found = parseCommandLine(args);
    assertEquals(found.kind === "run" && found.options, { ...DEFAULT_OPTIONS, ...options });
  });
}

const ignored: readonly [args: readonly string[], ignored: readonly string[]][] = [
  [["-d"], []],
  [["x.yml"], ["x.yml"]],
  [["x.yml", "-t", "-c", "y.yml", "z"], ["x.yml", "z"]],
  [["--", "-d"], ["-d"]],
];

for (const [args, expected] of ignored) {
  Deno.test(`nutcracker ${args.join(" ")} ignores ${expected.length} arguments`, () => {
    const found = parseCommandLine(args);
    assertEquals("ignored" in found && found.ignored, expected);
  });
}

const kinds: readonly [args: string, kind: string, describe?: boolean][] = [
  ["-h", "help", false],
  ["--help", "help", false],
  ["--h", "help", false],
  ["-V", "version", false],
  ["--version", "version", false],
  ["-D", "describe", true],
  ["--describe", "describe", true],
  ["-t", "test"],
  ["--test-conf", "test"],
  ["-hV", "help", false],
  ["-Vh", "help", false],
  ["-VD", "describe", true],
  ["-Dh", "help", true],
  ["-tV", "version", false],
  ["-td", "test"],
  ["-dt", "test"],
];

for (const [args, kind, describe] of kinds) {
  Deno.test(`nutcracker ${args} is ${kind}`, () => {
    const found = parseCommandLine(args.split(" "));
    assertEquals([found.kind, "describe" in found ? found.describe : undefined], [kind, describe]);
  });
}

Deno.test("nutcracker --completions and --man print what is to be installed", () => {
  assertEquals(parseCommandLine(["--completions", "fish"]), { kind: "completions", shell: "fish" });
  assertEquals(parseCommandLine(["--man", "--completions=zsh"]), { kind: "man" });
  assertEquals(parseCommandLine(["--man", "-V"]).kind, "version");
});

const errors: readonly [args: string, message: string][] = [
  ["-z", "invalid option -- 'z'"],
  ["-?", "invalid option -- '?'"],
  ["-dz", "invalid option -- 'z'"],
  ["-d=5", "invalid option -- '='"],
  ["--foo", "invalid option -- 'foo'"],
  ["--ver", "invalid option -- 'ver'"],
  ["--stats 1", "invalid option -- 'stats'"],
  ["--d", "invalid option -- 'd'"],
  ["--D", "invalid option -- 'D'"],
  ["--v 1", "invalid option -- 'v'"],
  ["--a x", "invalid option -- 'a'"],
  ["--help=1", "invalid option -- 'h'"],
  ["--daemonize=", "invalid option -- 'd'"],
  ["-v", "option -v requires a number"],
  ["--verbose", "option -v requires a number"],
  ["-v x", "option -v requires a number"],
  ["-v -1", "option -v requires a number"],
  ["-v 1k", "option -v requires a number"],
  ["--verbose=", "option -v requires a number"],
  ["-o", "option -o requires a file name"],
  ["-dc", "option -c requires a file name"],
  ["--pid-file", "option -p requires a file name"],
  ["-s", "option -s requires a number"],
  ["-s x", "option -s requires a number"],
  ["-s 0", "option -s value 0 is not a valid port"],
  ["-s 65536", "option -s value 65536 is not a valid port"],
  ["-a", "option -a requires a string"],
  ["--log-format xml", "option --log-format requires text or json"],
  ["--log-format", "option --log-format requires a string"],
  ["--log-sample x", "option --log-sample requires a number"],
  ["--locate foo", "option --locate requires a pool and a key, as in alpha:foo"],
  ["--completions tcsh", "option --completions requires one of bash, zsh, fish"],
  ["--lo x", "invalid option -- 'lo'"],
  ["--l x", "invalid option -- 'l'"],
  ["-i", "option -i requires a number"],
  ["-i 1.5", "option -i requires a number"],
  ["-m", "option -m requires a number"],
  ["-m x", "option -m requires a non-zero number"],
  ["-m 0", "option -m requires a non-zero number"],
  ["-m 1", "mbuf chunk size must be between 512 and 16777216 bytes"],
  ["-m 511", "mbuf chunk size must be between 512 and 16777216 bytes"],
  ["-w", "option -w requires a string"],
  ["-w 0", "option -w requires a non-zero number or auto"],
  ["-w Auto", "option -w requires a non-zero number or auto"],
  ["-w 257", "option -w takes at most 256 workers"],
  ["-y", "invalid option -- 'y'"],
  ["-dy", "invalid option -- 'y'"],
  ["--watch-conf=1", "invalid option -- 'watch-conf'"],
  ["--s 1", "invalid option -- 's'"],
  ["--shutdown-timeout", "option --shutdown-timeout requires a number"],
  ["--shutdown-timeout 1s", "option --shutdown-timeout requires a number"],
  ["-m 16777217", "mbuf chunk size must be between 512 and 16777216 bytes"],
  // The first bad option ends it, before anything that asks for information.
  ["-s 0 -z", "option -s value 0 is not a valid port"],
  ["-z -s 0", "invalid option -- 'z'"],
  ["-h -z", "invalid option -- 'z'"],
  ["-V -t -m 1", "mbuf chunk size must be between 512 and 16777216 bytes"],
];

const hints: readonly [args: string, hint: string | null][] = [
  ["--stats-prot 1", "did you mean --stats-port?"],
  ["--stats_port 1", "did you mean --stats-port?"],
  ["--worker=2", null],
  ["--wrokers 2", "did you mean --workers?"],
  ["--stats 1", "did you mean --stats-port, --stats-addr or --stats-interval?"],
  ["--ver", "did you mean --version or --verbose?"],
  ["--log x", "did you mean --log-format or --log-sample?"],
  ["--v 1", "did you mean --version or --verbose?"],
  ["--config-file x", "did you mean --conf-file?"],
  ["--foobar", null],
  ["--watch-conf=1", "--watch-conf takes no argument"],
  ["--daemonize=", "--daemonize takes no argument"],
  ["--stats-port x", null],
  ["-z", null],
];

for (const [args, hint] of hints) {
  Deno.test(`nutcracker ${args} ${hint === null ? "has no hint" : `is answered "${hint}"`}`, () => {
    const found = parseCommandLine(args.split(" "));
    const lines = found.kind === "error" ? found.lines.slice(1, found.lines.indexOf(usageLines()[0])) : [];
    assertEquals(lines, hint === null ? [] : [`nutcracker: ${hint}`]);
  });
}

for (const [args, message] of errors) {
  Deno.test(`nutcracker ${args} is refused`, () => {
    const found = parseCommandLine(args.split(" "));
    const lines = found.kind === "error" ? found.lines : [];
    assertEquals(lines[0], `nutcracker: ${message}`);
    assertEquals(lines.slice(-usageLines().length), usageLines());
  });
}

Deno.test("no flag is there twice", () => {
  assertEquals(new Set(FLAGS.map(flagKey)).size, FLAGS.length);
  assertEquals(new Set(FLAGS.map(({ long }) => long)).size, FLAGS.length);
});
