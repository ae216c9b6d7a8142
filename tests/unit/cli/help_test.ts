import { assert, assertEquals } from "@std/assert";
import { FLAGS } from "../../../src/cli/flags.ts";
import { describeLines, usageLines, versionLines } from "../../../src/cli/help.ts";
import { testConfiguration } from "../../../src/cli/test_configuration.ts";

Deno.test("the version block names the program and what it runs on", () => {
  const version = { nutcracker: "1.0.0", deno: "2.9.6", v8: "14.2", target: "x86_64-unknown-linux-gnu" };
  assertEquals(versionLines({ ...version, commit: "0123456789ab" }), [
    "This is nutcracker-1.0.0",
    "async event backend: Deno 2.9.6 (V8 14.2)",
    "built from commit 0123456789ab for x86_64-unknown-linux-gnu",
    "",
  ]);
  assertEquals(
    versionLines({ ...version, commit: null })[2],
    "run from its sources for x86_64-unknown-linux-gnu",
  );
});

Deno.test("the usage names every flag", () => {
  assertEquals(usageLines(), [
    "Usage: nutcracker [-?hVtdD] [-v verbosity level] [-o output file]",
    "                  [-c conf file] [-s stats port] [-a stats addr]",
    "                  [-i stats interval] [-p pid file] [-m mbuf size]",
    "                  [-M max memory] [-w workers] [--watch-conf]",
    "                  [--shutdown-timeout msec] [--log-format log format]",
    "                  [--log-sample period] [--locate pool:key]",
    "                  [--admin-token-file token file] [--completions shell] [--man]",
    "",
    "Options:",
    "  -h, --help             : this help",
    "  -V, --version          : show version and exit",
    "  -t, --test-conf        : test configuration for syntax errors and exit",
    "  -d, --daemonize        : run as a daemon",
    "  -D, --describe-stats   : print stats description and exit",
    "  -v, --verbose=N        : set logging level (default: 5, min: 0, max: 11)",
    "  -o, --output=S         : set logging file (default: stderr)",
    "  -c, --conf-file=S      : set configuration file (default: conf/nutcracker.yml)",
    "  -s, --stats-port=N     : set stats monitoring port (default: 22222)",
    "  -a, --stats-addr=S     : set stats monitoring ip (default: 0.0.0.0)",
    "  -i, --stats-interval=N : set stats aggregation interval in msec (default: 30000 msec)",
    "  -p, --pid-file=S       : set pid file (default: off)",
    "  -m, --mbuf-size=N      : set size of mbuf chunk in bytes (default: 16384 bytes)",
    "  -M, --max-memory=N     : refuse new requests from this many bytes in buffers on (default: off)",
    "  -w, --workers=S        : serve clients with so many event loops, or auto: one per core (default: 1)",
    "      --watch-conf         : load the configuration again when its file changes",
    "      --shutdown-timeout=N : let clients take what they are owed for this long at the end (default: 10000 msec)",
    "      --log-format=S       : write the log as text or json (default: text)",
    "      --log-sample=N       : log one of so many requests (default: off)",
    "      --locate=S           : show where a key belongs and exit (default: off)",
    "      --admin-token-file=S : set file of the token for changes over the stats port (default: off)",
    "      --completions=S      : print completions for bash, zsh or fish and exit (default: off)",
    "      --man                : print the manual page and exit",
    "",
  ]);
  for (const { short, long } of FLAGS) {
    const start = short === null ? `      --${long}` : `  -${short}, --${long}`;
    assert(usageLines().some((line) => line.startsWith(start)), long);
  }
});

Deno.test("statistics are described in one column", () => {
  const pool = [{ name: "client_eof", sentence: "# eof on client connections" }];
  const server = [{ name: "requests", sentence: "# requests" }];
  assertEquals(describeLines(pool, server), [
    "pool stats:",
    '  client_eof          "# eof on client connections"',
    "",
    "server stats:",
    '  requests            "# requests"',
  ]);
  const long = [{ name: "a_name_that_is_quite_long", sentence: "x" }];
  assertEquals(describeLines(long, server)[1], '  a_name_that_is_quite_long "x"');
  assertEquals(describeLines(long, server)[4], '  requests                  "# requests"');
});

Deno.test("a file that can be used is ok", () => {
  const read = () => new TextEncoder().encode("a:\n  listen: 127.0.0.1:1\n  servers:\n  - h:1:1\n");
  const lines = ["nutcracker: configuration file 'x.yml' syntax is ok"];
  assertEquals(testConfiguration("x.yml", read), { lines, exitCode: 0 });
});

Deno.test("a file that cannot be used is invalid, with every reason", () => {
  const read = () => new TextEncoder().encode("a:\n  listen: 1\n  hash: 2\n  servers:\n  - h:1:1\n");
  const { lines, exitCode } = testConfiguration("x.yml", read);
  assertEquals(lines.map((line) => line.split("; ")[0]), [
    'x.yml:2:11: conf: directive "listen" has an invalid "hostname:port" format string',
    'x.yml:3:9: conf: directive "hash" is not a valid hash',
    "nutcracker: configuration file 'x.yml' syntax is invalid",
  ]);
  assertEquals(exitCode, 1);
});

Deno.test("a file that cannot be opened is invalid", () => {
  const read = () => {
    throw new Deno.errors.PermissionDenied("Permission denied (os error 13): readfile 'x.yml'");
  };
  assertEquals(testConfiguration("x.yml", read), {
    lines: [
      "x.yml: conf: failed to open configuration 'x.yml': Permission denied",
      "nutcracker: configuration file 'x.yml' syntax is invalid",
    ],
    exitCode: 1,
  });
});
