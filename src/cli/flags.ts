/**
 * THE table of command-line flags.
 *
 * @module
 */

/** What stands behind a flag. */
export type FlagArgument = "none" | "number" | "file name" | "string";

/** One flag. */
export interface FlagRow {
  /** Its letter; null for a flag that has only a long name. */
  readonly short: string | null;
  /** Its long name. */
  readonly long: string;
  /** What stands behind it. */
  readonly argument: FlagArgument;
  /** What the usage line calls the argument; empty without one. */
  readonly noun: string;
  /** What it does, as the help has it. */
  readonly sentence: string;
  /** What holds without it, as the help has it; empty without an argument. */
  readonly fallback: string;
  /** Every argument that it takes, if only some are right. */
  readonly choices?: readonly string[];
  /** Whether the reference does not have it; its long name then leaves the reference's abbreviations alone. */
  readonly own?: true;
}

/** The values of all flags. */
export interface Options {
  /** `-d`: whether to run in the background. */
  readonly daemonize: boolean;
  /** `-v`: the log level, {@link VERBOSITY_MIN} to {@link VERBOSITY_MAX}. */
  readonly verbosity: number;
  /** `-o`: the log file, or null for stderr. */
  readonly outputPath: string | null;
  /** `-c`: the configuration file. */
  readonly confPath: string;
  /** `-s`: the port of the statistics, 1 to 65535. */
  readonly statsPort: number;
  /** `-a`: the address of the statistics. */
  readonly statsAddress: string;
  /** `-i`: taken for the reference's sake; whoever asks gets numbers of now. */
  readonly statsIntervalMs: number;
  /** `-p`: the pid file, or null for none. */
  readonly pidPath: string | null;
  /** `-M`: from how many bytes in buffers on new requests are refused; Infinity for no limit. */
  readonly memoryBytesMax: number;
  /** `--log-format`: how lines of the log are written. */
  readonly logFormat: "text" | "json";
  /** `--log-sample`: one of how many requests is logged; 0 for none. */
  readonly logSamplePeriod: number;
  /** `--locate`: a pool and a key to look up, parted by a colon; null if the proxy is to run. */
  readonly locate: string | null;
  /** `--admin-token-file`: the file that holds what changes over the statistics' port need, or null. */
  readonly adminTokenPath: string | null;
  /** `-m`: the size of an mbuf in bytes, {@link MBUF_BYTES_MIN} to {@link MBUF_BYTES_MAX}. */
  readonly mbufBytes: number;
  /** `-w`: how many workers serve clients, 1 to {@link WORKERS_MAX}; `auto` for as many as there are cores. */
  readonly workers: number | "auto";
  /** `--watch-conf`: whether the configuration is loaded again when its file changes. */
  readonly watchesConf: boolean;
  /** `--completions`: the shell to print completions for, or null. */
  readonly completions: Shell | null;
  /** `--shutdown-timeout`: how long clients may take what they are owed when the process ends, in milliseconds. */
  readonly shutdownTimeoutMs: number;
}

/** The lowest log level. */
export const VERBOSITY_MIN = 0;
/** The highest log level; a higher one means this one. */
export const VERBOSITY_MAX = 11;
/** The smallest mbuf in bytes. */
export const MBUF_BYTES_MIN = 512;
/** The largest mbuf in bytes. */
export const MBUF_BYTES_MAX = 16777216;
/** The longest interval or timeout in milliseconds: what 32 bits with a sign hold; a longer one means this one. */
export const TIMEOUT_MAX_MS = 2 ** 31 - 1;

/** The most workers: more than any machine has cores that this is built for; each takes about 25 MB. */
export const WORKERS_MAX = 256;

/** The shells that completions can be made for. */
export const SHELLS = ["bash", "zsh", "fish"] as const;

/** A shell that completions can be made for. */
export type Shell = (typeof SHELLS)[number];

/** What holds without any flag. */
export const DEFAULT_OPTIONS: Options = Object.freeze({
  daemonize: false,
  verbosity: 5,
  outputPath: null,
  confPath: "conf/nutcracker.yml",
  statsPort: 22222,
  statsAddress: "0.0.0.0",
  statsIntervalMs: 30000,
  pidPath: null,
  mbufBytes: 16384,
  memoryBytesMax: Infinity,
  workers: 1,
  watchesConf: false,
  shutdownTimeoutMs: 10_000,
  logFormat: "text",
  logSamplePeriod: 0,
  locate: null,
  completions: null,
  adminTokenPath: null,
});

/**
 * What a flag is called by when it is told apart from others: a letter is never a whole long name.
 *
 * @param row The flag.
 * @returns Its letter, or its long name if it has none.
 */
export function flagKey({ short, long }: FlagRow): string {
  return short ?? long;
}

function flag(short: string, long: string, sentence: string): FlagRow {
  return { short, long, argument: "none", noun: "", sentence, fallback: "" };
}

const { verbosity, confPath, statsPort, statsAddress, statsIntervalMs, mbufBytes, shutdownTimeoutMs } =
  DEFAULT_OPTIONS;
const levels = `${verbosity}, min: ${VERBOSITY_MIN}, max: ${VERBOSITY_MAX}`;

/** Every flag, in the order of the help. */
export const FLAGS: readonly FlagRow[] = [
  flag("h", "help", "this help"),
  flag("V", "version", "show version and exit"),
  flag("t", "test-conf", "test configuration for syntax errors and exit"),
  flag("d", "daemonize", "run as a daemon"),
  flag("D", "describe-stats", "print stats description and exit"),
  {
    short: "v",
    long: "verbose",
    argument: "number",
    noun: "verbosity level",
    sentence: "set logging level",
    fallback: levels,
  },
  {
    short: "o",
    long: "output",
    argument: "file name",
    noun: "output file",
    sentence: "set logging file",
    fallback: "stderr",
  },
  {
    short: "c",
    long: "conf-file",
    argument: "file name",
    noun: "conf file",
    sentence: "set configuration file",
    fallback: confPath,
  },
  {
    short: "s",
    long: "stats-port",
    argument: "number",
    noun: "stats port",
    sentence: "set stats monitoring port",
    fallback: `${statsPort}`,
  },
  {
    short: "a",
    long: "stats-addr",
    argument: "string",
    noun: "stats addr",
    sentence: "set stats monitoring ip",
    fallback: statsAddress,
  },
  {
    short: "i",
    long: "stats-interval",
    argument: "number",
    noun: "stats interval",
    sentence: "set stats aggregation interval in msec",
    fallback: `${statsIntervalMs} msec`,
  },
  {
    short: "p",
    long: "pid-file",
    argument: "file name",
    noun: "pid file",
    sentence: "set pid file",
    fallback: "off",
  },
  {
    short: "m",
    long: "mbuf-size",
    argument: "number",
    noun: "mbuf size",
    sentence: "set size of mbuf chunk in bytes",
    fallback: `${mbufBytes} bytes`,
  },
  {
    short: "M",
    long: "max-memory",
    argument: "number",
    noun: "max memory",
    sentence: "refuse new requests from this many bytes in buffers on",
    fallback: "off",
    own: true,
  },
  {
    short: "w",
    long: "workers",
    argument: "string",
    noun: "workers",
    sentence: "serve clients with so many event loops, or auto: one per core",
    fallback: "1",
    own: true,
  },
  {
    short: null,
    long: "watch-conf",
    argument: "none",
    noun: "",
    sentence: "load the configuration again when its file changes",
    fallback: "",
    own: true,
  },
  {
    short: null,
    long: "shutdown-timeout",
    argument: "number",
    noun: "msec",
    sentence: "let clients take what they are owed for this long at the end",
    fallback: `${shutdownTimeoutMs} msec`,
    own: true,
  },
  {
    short: null,
    long: "log-format",
    argument: "string",
    noun: "log format",
    sentence: "write the log as text or json",
    fallback: "text",
    choices: ["text", "json"],
    own: true,
  },
  {
    short: null,
    long: "log-sample",
    argument: "number",
    noun: "period",
    sentence: "log one of so many requests",
    fallback: "off",
    own: true,
  },
  {
    short: null,
    long: "locate",
    argument: "string",
    noun: "pool:key",
    sentence: "show where a key belongs and exit",
    fallback: "off",
    own: true,
  },
  {
    short: null,
    long: "admin-token-file",
    argument: "file name",
    noun: "token file",
    sentence: "set file of the token for changes over the stats port",
    fallback: "off",
    own: true,
  },
  {
    short: null,
    long: "completions",
    argument: "string",
    noun: "shell",
    sentence: "print completions for bash, zsh or fish and exit",
    fallback: "off",
    choices: SHELLS,
    own: true,
  },
  {
    short: null,
    long: "man",
    argument: "none",
    noun: "",
    sentence: "print the manual page and exit",
    fallback: "",
    own: true,
  },
];
