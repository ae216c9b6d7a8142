/**
 * How the program becomes a daemon, which files it keeps, and what it says when something is not permitted.
 *
 * @module
 */

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { OWN_EXECUTABLE } from "../../src/daemon/permissions.ts";
import { poolFile } from "../support/pool_file.ts";
import { freePort } from "../support/ports.ts";
import { eventually, sleep } from "../support/process.ts";
import { realTest, requireProgram } from "../support/programs.ts";
import { proxyProgram } from "../support/proxy.ts";
import { makeScratchFolder, removeFolder } from "../support/start.ts";
import { connect, resp } from "../support/wire.ts";

const isExecutable = proxyProgram().args.length === 0;
const RUN_MAX_MS = 30_000;
const DAEMONS_ONLY_ON_LINUX = Deno.build.os !== "linux";

/** A configuration in a folder of its own, and whatever is started there. */
class Place implements AsyncDisposable {
  readonly folder: string;
  readonly port = freePort();
  readonly statsPort = freePort();

  constructor(folder: string) {
    this.folder = folder;
  }

  static async make(): Promise<Place> {
    const place = new Place(await makeScratchFolder());
    const pool = { listen: `127.0.0.1:${place.port}`, redis: true, servers: ["127.0.0.1:1:1"] };
    await Deno.writeTextFile(place.path("nutcracker.yml"), poolFile({ pool }));
    return place;
  }

  path(name: string): string {
    return `${this.folder}/${name}`;
  }

  /** The usual flags; the paths are relative to the folder. */
  flags(...more: readonly string[]): string[] {
    return ["-c", "nutcracker.yml", "-a", "127.0.0.1", "-s", `${this.statsPort}`, ...more];
  }

  /** Starts the program. */
  spawn(flags: readonly string[]): Deno.ChildProcess {
    const { command, args } = proxyProgram();
    // From the sources, the right to be a daemon has to be given.
    const permissions = isExecutable ? [] : ["run", `--allow-run=${OWN_EXECUTABLE}`];
    return new Deno.Command(command, {
      args: [...permissions, ...args.slice(permissions.length === 0 ? 0 : 1), ...flags],
      cwd: this.folder,
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
  }

  /** Runs the program until it ends by itself. */
  async run(...flags: readonly string[]): Promise<{ code: number; stdout: string; stderr: string }> {
    const child = this.spawn(flags);
    const timer = setTimeout(() => child.kill("SIGKILL"), RUN_MAX_MS);
    const { code, stdout, stderr } = await child.output();
    clearTimeout(timer);
    const decoder = new TextDecoder();
    return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
  }

  async has(name: string): Promise<boolean> {
    return await Deno.lstat(this.path(name)).then(() => true, () => false);
  }

  async read(name: string): Promise<string> {
    return await Deno.readTextFile(this.path(name));
  }

  /** Ends the process of a pid file, and waits for the file to go. */
  async stop(pidFile: string): Promise<void> {
    Deno.kill(Number(await this.read(pidFile)), "SIGTERM");
    await eventually(async () => !await this.has(pidFile), "the daemon has ended");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Only a test that has failed leaves a process behind.
    for (const { name } of Deno.readDirSync(this.folder)) {
      if (name.endsWith(".pid")) await this.stop(name).catch(() => {});
    }
    await removeFolder(this.folder);
  }
}

function linkOf(pid: number, name: string): string {
  return Deno.readLinkSync(`/proc/${pid}/${name}`);
}

Deno.test({
  name: "-d: the daemon serves when the command has ended, in a session of its own, without a terminal",
  ignore: DAEMONS_ONLY_ON_LINUX,
  async fn() {
    await using place = await Place.make();
    const { code, stdout, stderr } = await place.run("-d", ...place.flags("-o", "my.log", "-p", "my.pid"));
    assertEquals([code, stdout, stderr], [0, "", ""]);
    const pid = Number(await place.read("my.pid"));
    using client = await connect(place.port);
    await client.exchange(resp("PING"), "+PONG\r\n");

    // After the name, which may hold anything: state, parent, group, session, terminal.
    const stat = Deno.readTextFileSync(`/proc/${pid}/stat`).split(") ").at(-1)!.split(" ");
    assertEquals([stat[2], stat[3], stat[4]], [`${pid}`, `${pid}`, "0"]);
    assertEquals([linkOf(pid, "fd/0"), linkOf(pid, "fd/1")], ["/dev/null", "/dev/null"]);
    assertMatch(linkOf(pid, "fd/2"), /^pipe:/);
    assertEquals(linkOf(pid, "cwd"), place.folder);
    assertStringIncludes(await place.read("my.log"), `started on pid ${pid}`);

    await place.stop("my.pid");
    await client.closed();
    // The pid file goes before the last line comes.
    const last = /\(SIGTERM\) received, exiting\n.*done, rabbit done\n$/s;
    await eventually(async () => last.test(await place.read("my.log")), "the log ends");
  },
});

Deno.test({
  name: "-d: without a log file nothing of what the daemon says is lost until it serves, and all of it then",
  ignore: DAEMONS_ONLY_ON_LINUX,
  async fn() {
    await using place = await Place.make();
    const { code, stderr } = await place.run("-d", ...place.flags("-p", "my.pid", "-v", "11"));
    assertEquals(code, 0);
    assertStringIncludes(stderr, "started on pid");
    using client = await connect(place.port);
    await client.exchange(resp("PING"), "+PONG\r\n");
    await place.stop("my.pid");
  },
});

Deno.test({
  name: "-d: what goes wrong at the start is told at the terminal and in the log, and ends with 1",
  ignore: DAEMONS_ONLY_ON_LINUX,
  async fn() {
    await using place = await Place.make();
    using taken = Deno.listen({ hostname: "127.0.0.1", port: place.port });
    const said = `bind for pool 'pool' to addr '127.0.0.1:${taken.addr.port}' failed: Address already in use`;
    const withLog = await place.run(...place.flags("-d", "-o", "my.log", "-p", "my.pid"));
    assertEquals([withLog.code, withLog.stdout, withLog.stderr], [1, "", `${said}\n`]);
    assertStringIncludes(await place.read("my.log"), said);
    assert(!await place.has("my.pid"), "the pid file is gone");
    const without = await place.run(...place.flags("-d"));
    assertEquals(without.code, 1);
    assertStringIncludes(without.stderr, said);

    await Deno.writeTextFile(place.path("nutcracker.yml"), "pool:\n  listen: 1\n  servers:\n   - h:1:1\n");
    const bad = await place.run(...place.flags("-d", "-o", "my.log"));
    assertEquals(bad.code, 1);
    assertStringIncludes(bad.stderr, "nutcracker.yml:2:11: conf:");
    const noLog = await place.run(...place.flags("-d", "-o", "/nowhere/log"));
    assertEquals([noLog.code, noLog.stderr], [
      1,
      "nutcracker: opening log file '/nowhere/log' failed: No such file or directory\n",
    ]);
  },
});

Deno.test({
  name: "-p: nobody starts over a process that lives; after a SIGKILL the file is in nobody's way",
  ignore: DAEMONS_ONLY_ON_LINUX,
  async fn() {
    await using place = await Place.make();
    assertEquals((await place.run(...place.flags("-d", "-o", "1.log", "-p", "my.pid"))).code, 0);
    const pid = await place.read("my.pid");
    const second = await place.run(...place.flags("-p", "my.pid"));
    assertEquals(second.code, 1);
    assertStringIncludes(second.stderr, `opening pid file 'my.pid' failed: process ${pid} is running`);
    assertEquals(await place.read("my.pid"), pid);

    Deno.kill(Number(pid), "SIGKILL");
    await eventually(async () => {
      const again = await place.run(...place.flags("-d", "-o", "2.log", "-p", "my.pid"));
      return again.code === 0;
    }, "it starts again");
    assert(await place.read("my.pid") !== pid, "the file has the new process");
    await place.stop("my.pid");
  },
});

Deno.test("signals: none ends the program out of turn, neither while it starts nor in its last moments", async () => {
  await using place = await Place.make();
  const child = place.spawn(place.flags("-p", "pid"));
  const output = child.output();
  let hasEnded = false;
  void output.then(() => hasEnded = true);
  const pid = () => Deno.readTextFile(place.path("pid")).catch(() => "");
  // The file is there before anything is loaded or listened on.
  await eventually(async () => await pid() === String(child.pid), "there is a pid file");
  for (const signal of ["SIGHUP", "SIGTERM"] as const) child.kill(signal);
  while (!hasEnded) {
    try {
      child.kill("SIGHUP");
    } catch {
      // It has ended meanwhile.
    }
    await sleep(1);
  }
  const { code, signal, stderr } = await output;
  const said = new TextDecoder().decode(stderr);
  assertEquals([code, signal, await pid()], [0, null, ""], said);
  assertStringIncludes(said, "done, rabbit done");
});

Deno.test("unix sockets: they are unlinked at the end", async () => {
  await using place = await Place.make();
  const socket = place.path("my.sock");
  const pool = { listen: `${socket} 0600`, redis: true, servers: ["127.0.0.1:1:1"] };
  await Deno.writeTextFile(place.path("nutcracker.yml"), poolFile({ pool }));
  const child = place.spawn(place.flags());
  const output = child.output();
  try {
    await eventually(() => place.has("my.sock"), "it listens");
  } finally {
    child.kill("SIGTERM");
  }
  assertEquals((await output).code, 0);
  assert(!await place.has("my.sock"), "the socket is gone");
});

/** Runs the sources with permissions of a test's own. */
async function runWith(
  place: Place,
  permissions: readonly string[],
  flags: readonly string[],
): Promise<{ code: number; stderr: string }> {
  const { command, args } = proxyProgram();
  const main = args.at(-1)!;
  const config = args[args.indexOf("--config") + 1];
  // A terminal, where Deno asks for what is missing.
  const words = [command, "run", "--quiet", "--config", config, ...permissions, main, ...flags];
  const script = requireProgram("script");
  const child = new Deno.Command(script, {
    args: ["--quiet", "--return", "--command", words.map((word) => `'${word}'`).join(" "), "/dev/null"],
    cwd: place.folder,
    env: { NO_COLOR: "1" },
    stdin: "null",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  // The end of the terminal ends a program that waits for an answer.
  const timer = setTimeout(() => child.kill("SIGTERM"), RUN_MAX_MS);
  const { code, stdout } = await child.output();
  clearTimeout(timer);
  return { code, stderr: new TextDecoder().decode(stdout).replaceAll("\r", "") };
}

if (!isExecutable) {
  realTest(
    "script",
    "deno run: a permission that is missing is told in a line, and nobody is asked",
    async () => {
      await using place = await Place.make();
      const [net, read] = ["--allow-net", "--allow-read"];
      const cases: readonly [permissions: readonly string[], flags: readonly string[], line: string][] = [
        [[], [], 'Cannot read "nutcracker.yml": not permitted, run it with --allow-read'],
        [
          [read],
          [],
          `Cannot listen on "127.0.0.1:${place.statsPort}": not permitted, run it with --allow-net`,
        ],
        [
          [read, `--allow-net=127.0.0.1:${place.statsPort},127.0.0.1:${place.port}`],
          [],
          'Cannot connect to "127.0.0.1:1": not permitted, run it with --allow-net',
        ],
        [[net, read], ["-p", "my.pid"], 'Cannot write "my.pid": not permitted, run it with --allow-write'],
        [[net, read], ["-o", "my.log"], 'Cannot write "my.log": not permitted, run it with --allow-write'],
        [
          [net, read],
          ["-d"],
          "Cannot run as a daemon: not permitted, run it with --allow-run=/proc/self/exe",
        ],
      ];
      for (const [permissions, flags, line] of cases) {
        const { code, stderr } = await runWith(place, permissions, place.flags(...flags));
        assertEquals(code, 1, stderr);
        const told = stderr.trimEnd().split("\n").filter((text) =>
          !/run, rabbit|rabbit done|started on/.test(text)
        );
        assertEquals(told.map((text) => text.replace(/^.*(?=Cannot)/, "")), [line]);
      }
    },
  );

  realTest("script", "deno run: the network and files to read are enough, and nobody is asked", async () => {
    await using place = await Place.make();
    const run = runWith(place, ["--allow-net", "--allow-read"], place.flags());
    await eventually(
      () =>
        fetch(`http://127.0.0.1:${place.statsPort}/readyz`).then((reply) => reply.text()).then(
          () => true,
          () => false,
        ),
      "it serves",
    );
    using client = await connect(place.port);
    await client.exchange(resp("PING"), "+PONG\r\n");
    const stats = await (await fetch(`http://127.0.0.1:${place.statsPort}/stats.json`)).json();
    assertEquals(stats.source, "unknown");
    Deno.kill(await pidIn(place), "SIGTERM");
    assertEquals((await run).code, 0);
  });
}

/** Finds the one process whose working folder this is, and which is no shell of `script`. */
async function pidIn(place: Place): Promise<number> {
  for await (const { name } of Deno.readDir("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    try {
      if (Deno.readLinkSync(`/proc/${name}/cwd`) !== place.folder) continue;
      if (Deno.readLinkSync(`/proc/${name}/exe`) === Deno.realPathSync(Deno.execPath())) return Number(name);
    } catch {
      // It has ended, or is somebody else's.
    }
  }
  throw new Error("Cannot find the proxy: no process works in its folder");
}
