/**
 * From arguments to what the program is to do, by the rules of getopt_long.
 *
 * The first bad option ends it; long names may be shortened as long as only one begins so; what is
 * no option is ignored.
 *
 * @module
 */

import { type OptionToken, parseArgs } from "@std/cli";
import { didYouMean, nearNames } from "../config/near_names.ts";
import {
  DEFAULT_OPTIONS,
  flagKey,
  type FlagRow,
  FLAGS,
  MBUF_BYTES_MAX,
  MBUF_BYTES_MIN,
  type Options,
  type Shell,
  SHELLS,
  TIMEOUT_MAX_MS,
  VERBOSITY_MAX,
  WORKERS_MAX,
} from "./flags.ts";
import { usageLines } from "./help.ts";

/** What the program is to do. */
export type CommandLine =
  | {
    /** Serve, or test the configuration. */
    readonly kind: "run" | "test";
    /** The values of all flags. */
    readonly options: Options;
    /** Arguments that belong to no flag, which mean nothing. */
    readonly ignored: readonly string[];
  }
  | {
    /** Tell about the program: its usage, its version alone, or its statistics. */
    readonly kind: "help" | "version" | "describe";
    /** The values of all flags. */
    readonly options: Options;
    /** Whether `-D` was given, which `-h` does not rule out. */
    readonly describe: boolean;
  }
  | {
    /** Print the manual page. */
    readonly kind: "man";
  }
  | {
    /** Print completions. */
    readonly kind: "completions";
    /** For which shell. */
    readonly shell: Shell;
  }
  | {
    /** The arguments are wrong: show the lines on stderr and exit with 1. */
    readonly kind: "error";
    /** What is wrong, then the usage. */
    readonly lines: readonly string[];
  };

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** A flag's effect: sets an option, or returns what is wrong with the argument. */
type Setter = (options: Mutable<Options>, argument: string) => string | null;

const setters: Readonly<Record<string, Setter>> = {
  d(options) {
    options.daemonize = true;
    return null;
  },
  v(options, argument) {
    const level = parseNumber(argument);
    if (level === null) return "option -v requires a number";
    options.verbosity = Math.min(level, VERBOSITY_MAX);
    return null;
  },
  o(options, argument) {
    options.outputPath = argument;
    return null;
  },
  c(options, argument) {
    options.confPath = argument;
    return null;
  },
  s(options, argument) {
    const port = parseNumber(argument);
    if (port === null) return "option -s requires a number";
    if (port < 1 || port > 65535) return `option -s value ${port} is not a valid port`;
    options.statsPort = port;
    return null;
  },
  a(options, argument) {
    options.statsAddress = argument;
    return null;
  },
  i(options, argument) {
    const intervalMs = parseNumber(argument);
    if (intervalMs === null) return "option -i requires a number";
    options.statsIntervalMs = Math.min(intervalMs, TIMEOUT_MAX_MS);
    return null;
  },
  p(options, argument) {
    options.pidPath = argument;
    return null;
  },
  m(options, argument) {
    const bytes = parseNumber(argument);
    if (bytes === null || bytes === 0) return "option -m requires a non-zero number";
    if (bytes < MBUF_BYTES_MIN || bytes > MBUF_BYTES_MAX) {
      return `mbuf chunk size must be between ${MBUF_BYTES_MIN} and ${MBUF_BYTES_MAX} bytes`;
    }
    options.mbufBytes = bytes;
    return null;
  },
  M(options, argument) {
    const bytes = parseNumber(argument);
    if (bytes === null || bytes === 0) return "option -M requires a non-zero number";
    options.memoryBytesMax = bytes;
    return null;
  },
  w(options, argument) {
    const workers = argument === "auto" ? argument : parseNumber(argument);
    if (workers === null || workers === 0) return "option -w requires a non-zero number or auto";
    if (workers !== "auto" && workers > WORKERS_MAX) return `option -w takes at most ${WORKERS_MAX} workers`;
    options.workers = workers;
    return null;
  },
  "watch-conf"(options) {
    options.watchesConf = true;
    return null;
  },
  "shutdown-timeout"(options, argument) {
    const timeoutMs = parseNumber(argument);
    if (timeoutMs === null) return "option --shutdown-timeout requires a number";
    options.shutdownTimeoutMs = Math.min(timeoutMs, TIMEOUT_MAX_MS);
    return null;
  },
  "log-format"(options, argument) {
    if (argument !== "text" && argument !== "json") return "option --log-format requires text or json";
    options.logFormat = argument;
    return null;
  },
  "log-sample"(options, argument) {
    const period = parseNumber(argument);
    if (period === null) return "option --log-sample requires a number";
    options.logSamplePeriod = period;
    return null;
  },
  locate(options, argument) {
    if (!argument.includes(":")) return "option --locate requires a pool and a key, as in alpha:foo";
    options.locate = argument;
    return null;
  },
  completions(options, argument) {
    const shell = SHELLS.find((name) => name === argument);
    if (shell === undefined) return `option --completions requires one of ${SHELLS.join(", ")}`;
    options.completions = shell;
    return null;
  },
  "admin-token-file"(options, argument) {
    options.adminTokenPath = argument;
    return null;
  },
};

const byKey: ReadonlyMap<string, FlagRow> = new Map(FLAGS.map((row) => [flagKey(row), row]));

/**
 * Reads the command line.
 *
 * @param args The arguments without the program's name.
 * @returns What to do.
 */
export function parseCommandLine(args: readonly string[]): CommandLine {
  const { tokens, _: ignored } = parseArgs(args, {
    boolean: FLAGS.filter((row) => row.argument === "none").map(flagKey),
    string: FLAGS.filter((row) => row.argument !== "none").map(flagKey),
    alias: Object.fromEntries(FLAGS.map((row) => [flagKey(row), unambiguousPrefixes(row)])),
  });
  const options: Mutable<Options> = { ...DEFAULT_OPTIONS };
  const given = new Set<string>();
  for (const token of tokens) {
    const mistake = apply(options, token);
    if (mistake !== null) {
      return { kind: "error", lines: [`nutcracker: ${mistake}`, ...hintLines(token), ...usageLines()] };
    }
    given.add(token.name);
  }
  const describe = given.has("D");
  if (given.has("h")) return { kind: "help", options, describe };
  if (describe) return { kind: "describe", options, describe };
  if (given.has("V")) return { kind: "version", options, describe };
  if (given.has("man")) return { kind: "man" };
  if (options.completions !== null) {
    return { kind: "completions", shell: options.completions };
  }
  return { kind: given.has("t") ? "test" : "run", options, ignored };
}

/** Applies one option; returns what is wrong with it, or null. */
function apply(options: Mutable<Options>, token: OptionToken): string | null {
  const row = token.known ? byKey.get(token.name) : undefined;
  const isLong = token.rawName.startsWith("--");
  const given = token.rawName.slice(isLong ? 2 : 1);
  if (row === undefined || !(isLong ? unambiguousPrefixes(row).includes(given) : row.short === given)) {
    return `invalid option -- '${row?.short === null ? given : token.name}'`;
  }
  const { short, long, argument } = row;
  const [key, shown] = short === null ? [long, `--${long}`] : [short, `-${short}`];
  if (argument === "none" && token.value !== undefined) return `invalid option -- '${key}'`;
  if (argument !== "none" && token.value === undefined) return `option ${shown} requires a ${argument}`;
  return setters[key]?.(options, token.value ?? "") ?? null;
}

/** What would be right in the place of an option that is wrong because of its name; the first line is the reference's alone. */
function hintLines({ name, rawName, known, value }: OptionToken): string[] {
  if (!rawName.startsWith("--")) return [];
  const given = rawName.slice(2);
  const row = known ? byKey.get(name) : undefined;
  if (row !== undefined && unambiguousPrefixes(row).includes(given)) {
    return row.argument === "none" && value !== undefined
      ? [`nutcracker: --${row.long} takes no argument`]
      : [];
  }
  const names = FLAGS.map(({ long }) => long);
  const begun = given === "" ? [] : names.filter((long) => long.startsWith(given));
  const hint = didYouMean(begun.length > 0 ? begun : nearNames(given, names), (long) => `--${long}`);
  return hint === "" ? [] : [`nutcracker: ${hint}`];
}

/**
 * Every way to write a long name that no other begins with, the whole name included. What the reference takes as an
 * abbreviation of its own names stays one.
 */
function unambiguousPrefixes({ long, own }: FlagRow): string[] {
  const rivals = FLAGS.filter((row) => row.long !== long && (own || !row.own));
  const prefixes: string[] = [];
  // One letter is the short name of something else.
  for (let length = own ? 2 : 1; length < long.length; length++) {
    const prefix = long.slice(0, length);
    if (rivals.every((row) => !row.long.startsWith(prefix))) prefixes.push(prefix);
  }
  return [...prefixes, long];
}

/** Decimal digits only, as in the configuration file. */
function parseNumber(text: string): number | null {
  return /^[0-9]+$/.test(text) ? Number(text) : null;
}
