/**
 * The program as a whole: its flags, its files, its signals, how it ends.
 *
 * @module
 */

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { poolFile } from "../support/pool_file.ts";
import { freePort, freePorts } from "../support/ports.ts";
import { eventually, sleep } from "../support/process.ts";
import { type Proxy, proxyProgram, startProxy } from "../support/proxy.ts";
import { makeScratchFolder, removeFolder } from "../support/start.ts";
import { resp } from "../support/wire.ts";
import { answering, FakeServer } from "./fake_server.ts";
import { redisPoolFile } from "./redis_pool.ts";

/** How the program ended. */
interface Ending {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const RUN_MAX_MS = 30_000;

/** Runs the program until it ends by itself. */
async function run(...flags: readonly string[]): Promise<Ending> {
  const { command, args } = proxyProgram();
  const child = new Deno.Command(command, { args: [...args, ...flags], stdout: "piped", stderr: "piped" })
    .spawn();
  const timer = setTimeout(() => child.kill("SIGKILL"), RUN_MAX_MS);
  const { code, stdout, stderr } = await child.output();
  clearTimeout(timer);
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

/** A folder of a test's own, with a configuration file in it. */
async function withFile(text: string, test: (path: string, folder: string) => Promise<void>): Promise<void> {
  const folder = await makeScratchFolder();
  try {
    await Deno.writeTextFile(`${folder}/nutcracker.yml`, text);
    await test(`${folder}/nutcracker.yml`, folder);
  } finally {
    await removeFolder(folder);
  }
}

function goodFile(): string {
  return poolFile(redisPoolFile(["127.0.0.1:1:1"]));
}

const isExecutable = proxyProgram().args.length === 0;
const ORIGIN = isExecutable ? "built from commit ([0-9a-f]{12}(-dirty)?|unknown)" : "run from its sources";
const VERSION_BLOCK = new RegExp(
  `^This is nutcracker-\\d+\\.\\d+\\.\\d+\\nasync event backend: Deno \\S+ \\(V8 \\S+\\)\\n${ORIGIN} for \\S+\\n\\n`,
);

Deno.test("command line: -h, -V and -D tell about the program on stderr and end with 0", async () => {
  const help = await run("-h");
  assertEquals([help.code, help.stdout], [0, ""]);
  assertMatch(help.stderr, VERSION_BLOCK);
  assertStringIncludes(help.stderr, "Usage: nutcracker [-?hVtdD] [-v verbosity level] [-o output file]");
  for (const flag of ["--help", "--stats-port=N", "--mbuf-size=N"]) assertStringIncludes(help.stderr, flag);

  const version = await run("--version", "-c", "/nowhere");
  assertEquals([version.code, version.stdout], [0, ""]);
  assertEquals(version.stderr.replace(VERSION_BLOCK, ""), "");

  const describe = await run("-D");
  assertEquals([describe.code, describe.stdout], [0, ""]);
  assertStringIncludes(describe.stderr, '  client_eof          "# eof on client connections"\n');
  assertStringIncludes(
    describe.stderr,
    '\nserver stats:\n  server_eof          "# eof on server connections"\n',
  );
});

Deno.test("command line: --man and --completions print what is to be installed, and end with 0", async () => {
  const man = await run("--man");
  assertEquals([man.code, man.stderr], [0, ""]);
  assertMatch(man.stdout, /^\.\\" .*\n\.TH NUTCRACKER 8 "" "nutcracker \d/);
  for (const shell of ["bash", "zsh", "fish"]) {
    const completions = await run("--completions", shell);
    assertEquals([completions.code, completions.stderr], [0, ""]);
    assertStringIncludes(
      completions.stdout.split("\n").slice(0, 2).join("\n"),
      `# ${shell} completion for nutcracker`,
    );
  }
});

Deno.test("command line: a wrong flag is told, with the usage, and ends with 1", async () => {
  for (
    const [flags, said] of [
      [["-z"], "nutcracker: invalid option -- 'z'"],
      [["-m", "1"], "nutcracker: mbuf chunk size must be between 512 and 16777216 bytes"],
      [["-s", "0"], "nutcracker: option -s value 0 is not a valid port"],
      [["-v"], "nutcracker: option -v requires a number"],
      [["-o"], "nutcracker: option -o requires a file name"],
    ] as const
  ) {
    const { code, stdout, stderr } = await run(...flags);
    assertEquals([code, stdout, stderr.split("\n")[0]], [1, "", said]);
    assertStringIncludes(stderr, "Usage: nutcracker");
  }
});

Deno.test("command line: -t tells whether the file is good, and if not, what is wrong and where", async () => {
  await withFile(goodFile(), async (path) => {
    const { code, stdout, stderr } = await run("-t", "-c", path);
    assertEquals([code, stdout, stderr], [0, "", `nutcracker: configuration file '${path}' syntax is ok\n`]);
  });
  await withFile(
    "pool:\n  listen: 127.0.0.1:1\n  wrong: 1\n  servers:\n   - 127.0.0.1:1:1\n",
    async (path) => {
      const { code, stdout, stderr } = await run("--test-conf", `--conf-file=${path}`);
      assertEquals([code, stdout], [1, ""]);
      assertStringIncludes(stderr, `${path}:3:3: conf: directive "wrong" is unknown`);
      assert(stderr.endsWith(`nutcracker: configuration file '${path}' syntax is invalid\n`), stderr);
    },
  );
  await withFile(goodFile(), async (path) => {
    const { stderr } = await run("-t", "forgotten.yml", "-c", path);
    assertStringIncludes(
      stderr,
      "nutcracker: argument 'forgotten.yml' is ignored; the configuration file is named with -c",
    );
  });
  const { code, stderr } = await run("-t", "-c", "/nowhere/nutcracker.yml");
  assertEquals(code, 1);
  assertStringIncludes(stderr, "No such file or directory");
});

Deno.test("command line: a bad file keeps the program from starting and is told with its place", async () => {
  const text = "pool:\n  listen: 127.0.0.1:1\n  timeout: soon\n  servers:\n   - 127.0.0.1:1:1\n";
  await withFile(text, async (path, folder) => {
    const flags = ["-c", path, "-s", `${freePort()}`, "-a", "127.0.0.1"];
    const pidPath = `${folder}/nutcracker.pid`;
    const onStderr = await run(...flags, "-p", pidPath);
    assertEquals([onStderr.code, onStderr.stdout], [1, ""]);
    assertStringIncludes(onStderr.stderr, `${path}:3:12: conf: directive "timeout" is not a number`);
    assertStringIncludes(onStderr.stderr, "done, rabbit done");
    const inFile = await run(...flags, "-o", `${folder}/log`);
    assertEquals([inFile.code, inFile.stderr], [1, ""]);
    assertStringIncludes(await Deno.readTextFile(`${folder}/log`), `${path}:3:12: conf: `);
    assertEquals([...Deno.readDirSync(folder)].map(({ name }) => name).sort(), ["log", "nutcracker.yml"]);
  });
});

Deno.test("command line: files that cannot be opened are named", async () => {
  await withFile(goodFile(), async (path) => {
    const log = await run("-c", path, "-o", "/nowhere/log");
    assertEquals([log.code, log.stderr], [
      1,
      "nutcracker: opening log file '/nowhere/log' failed: No such file or directory\n",
    ]);
    const pid = await run("-c", path, "-p", "/nowhere/pid");
    assertEquals(pid.code, 1);
    assertStringIncludes(pid.stderr, "opening pid file '/nowhere/pid' failed: No such file or directory");
  });
});

Deno.test("tw#561: a port that is taken is named, whether it is the pool's or that of the statistics", async () => {
  using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const address = `127.0.0.1:${taken.addr.port}`;
  await withFile(goodFile(), async (path, folder) => {
    const flags = ["-c", path, "-a", "127.0.0.1", "-s", `${taken.addr.port}`, "-p", `${folder}/pid`];
    const { code, stderr } = await run(...flags);
    assertEquals(code, 1);
    assertStringIncludes(stderr, `bind to stats server addr '${address}' failed: Address already in use`);
    assert(!(await exists(`${folder}/pid`)), "no pid file is left");
  });
  const pools = { pool: { listen: address, redis: true, servers: ["127.0.0.1:1:1"] } };
  await withFile(poolFile(pools), async (path, folder) => {
    const { code, stderr } = await run(
      "-c",
      path,
      "-a",
      "127.0.0.1",
      "-s",
      `${freePort()}`,
      "-p",
      `${folder}/pid`,
    );
    assertEquals(code, 1);
    assertStringIncludes(stderr, `bind for pool 'pool' to addr '${address}' failed: Address already in use`);
    assert(!(await exists(`${folder}/pid`)), "no pid file is left");
  });
});

async function exists(path: string): Promise<boolean> {
  return await Deno.lstat(path).then(() => true, () => false);
}

/** Starts a proxy whose pid file lies in a folder that is removed afterwards. */
async function withProxy(
  test: (proxy: Proxy, pidPath: string) => Promise<void>,
  flags: readonly string[] = [],
): Promise<void> {
  const folder = await makeScratchFolder();
  try {
    await using server = new FakeServer(answering(async ([, key]) => {
      if (key === "slow") await sleep(300);
      return "+fake\r\n";
    }));
    const pidPath = `${folder}/nutcracker.pid`;
    const pools = redisPoolFile([`${server.address}:1`]);
    await using proxy = await startProxy({ pools, flags: ["-p", pidPath, ...flags] });
    await test(proxy, pidPath);
  } finally {
    await removeFolder(folder);
  }
}

for (const signal of ["SIGTERM", "SIGINT"] as const) {
  Deno.test(`signals: ${signal} answers what was asked, ends with 0 and removes the pid file`, async () => {
    await withProxy(async (proxy, pidPath) => {
      assertEquals(await Deno.readTextFile(pidPath), `${proxy.pid}`);
      using idle = await proxy.connect();
      using client = await proxy.connect();
      await client.exchange(resp("GET", "k"), "+fake\r\n");
      await client.send(resp("GET", "slow"));
      await eventually(async () => (await proxy.stats()).pool.client_connections === 2, "both are served");
      await eventually(
        async () => JSON.stringify(await proxy.stats()).includes('"out_queue":1'),
        "it was sent on",
      );
      proxy.signal(signal);
      await client.expect("+fake\r\n");
      await client.closed();
      await idle.closed();
      client.close();
      idle.close();
      const { code } = await proxy.process.exited;
      assertEquals(code, 0);
      assert(!(await exists(pidPath)), "the pid file is gone");
      assertMatch(
        proxy.log(),
        new RegExp(`signal \\d+ \\(${signal}\\) received, exiting\n.*done, rabbit done\n$`, "s"),
      );
    });
  });
}

Deno.test("signals: SIGTERM ends it even if a client does not take its replies", async () => {
  const value = `$1000000\r\n${"x".repeat(1_000_000)}\r\n`;
  await using server = new FakeServer(answering(() => value));
  const flags = ["--shutdown-timeout", "3000"];
  await using proxy = await startProxy({ pools: redisPoolFile([`${server.address}:1`]), flags });
  using client = await proxy.connect();
  for (let i = 0; i < 30; i++) await client.send(resp("GET", "k"));
  await client.readBytes(1);
  const ready = `http://127.0.0.1:${proxy.statsPort}/readyz`;
  assertEquals(await (await fetch(ready)).text(), "ready\n");
  proxy.signal("SIGTERM");
  await eventually(async () => {
    const response = await fetch(ready);
    return await response.text() === "the proxy is shutting down\n" && response.status === 503;
  }, "it says that it is not ready");
  assertEquals((await proxy.process.exited).code, 0);
});

Deno.test("signals: SIGHUP opens the log anew, so that a renamed one is let go", async () => {
  await withProxy(async (proxy) => {
    const log = `${proxy.folder}/nutcracker.log`;
    using client = await proxy.connect();
    await client.exchange(resp("PING"), "+PONG\r\n");
    await Deno.rename(log, `${log}.1`);
    assert(!(await exists(log)), "it writes to the renamed file");
    proxy.signal("SIGHUP");
    await eventually(() => exists(log), "there is a new file");
    const seen = async () => (await Deno.readTextFile(log)).split("(SIGUSR1) received").length - 1;
    await eventually(async () => {
      // While the new file is being opened, a line still goes to the old one.
      proxy.signal("SIGUSR1");
      return await seen() > 0;
    }, "it is written to");
    const old = await Deno.readTextFile(`${log}.1`);
    assertStringIncludes(old, "signal 1 (SIGHUP) received, reopening log file");
    const before = await seen();
    await eventually(async () => {
      proxy.signal("SIGUSR1");
      return await seen() > before;
    }, "it is written to again");
    assertEquals(await Deno.readTextFile(`${log}.1`), old, "the old file is left alone");
    await client.exchange(resp("PING"), "+PONG\r\n");
  });
});

Deno.test("signals: SIGTTIN and SIGTTOU change the level of the log, within its bounds", async () => {
  await withProxy(async (proxy) => {
    const said = (text: string) => eventually(() => proxy.log().includes(text), text);
    proxy.signal("SIGTTIN");
    await said("(SIGTTIN) received, up logging level");
    await said("up log level to 11");
    proxy.signal("SIGTTIN");
    proxy.signal("SIGTTOU");
    await said("(SIGTTOU) received, down logging level");
    await said("down log level to 10");
    using client = await proxy.connect();
    await client.exchange(resp("PING"), "+PONG\r\n");
  }, ["-v", "10"]);
});

Deno.test("command line: relative paths, short and long flags and the log's level work together", async () => {
  const folder = await makeScratchFolder();
  try {
    const [port, statsPort] = freePorts(2);
    const pools = { pool: { listen: `127.0.0.1:${port}`, redis: true, servers: ["127.0.0.1:1:1"] } };
    await Deno.writeTextFile(`${folder}/my.yml`, poolFile(pools));
    const { command, args } = proxyProgram();
    const flags = [
      "-cmy.yml",
      `--stats-port=${statsPort}`,
      "--stats-addr",
      "127.0.0.1",
      "-i100",
      "-o",
      "my.log",
      "-pmy.pid",
      "-v0",
      "-m",
      "1024",
    ];
    const child = new Deno.Command(command, {
      args: [...args, ...flags],
      cwd: folder,
      stdout: "null",
      stderr: "null",
    }).spawn();
    try {
      await eventually(async () => {
        const conn = await Deno.connect({ hostname: "127.0.0.1", port }).catch(() => null);
        conn?.close();
        return conn !== null;
      }, "it listens");
      assertEquals(await Deno.readTextFile(`${folder}/my.pid`), `${child.pid}`);
      const log = await Deno.readTextFile(`${folder}/my.log`);
      // Level 0 holds the banner only.
      assertEquals(log.trimEnd().split("\n").length, 2);
    } finally {
      child.kill("SIGTERM");
      assertEquals((await child.status).code, 0);
    }
  } finally {
    await removeFolder(folder);
  }
});
