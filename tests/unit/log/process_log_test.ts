import { assert, assertEquals, assertMatch, assertRejects, assertStringIncludes } from "@std/assert";
import { ManualClock, systemClock } from "../../../src/base/clock.ts";
import { Level, type LogLevel } from "../../../src/log/level.ts";
import { CLOSE_WAIT_MS } from "../../../src/log/limits.ts";
import { type Log, nullLog } from "../../../src/log/log.ts";
import { openLog, ProcessLog } from "../../../src/log/process_log.ts";
import { LogFileError } from "../../../src/log/target.ts";
import { realTest, requireProgram } from "../../support/programs.ts";
import { makeScratchFolder, removeFolder } from "../../support/start.ts";

async function inFolder(fn: (folder: string) => Promise<void>): Promise<void> {
  const folder = await makeScratchFolder();
  try {
    await fn(folder);
  } finally {
    await removeFolder(folder);
  }
}

const texts = (path: string): string[] =>
  Deno.readTextFileSync(path).split("\n").slice(0, -1).map((line) => line.replace(/^\[.{23}\] /, ""));

function logAll(log: Log): void {
  log.always("m", "always");
  log.error("m", "error");
  log.warn("m", "warn");
  log.notice("m", "notice");
  log.info("m", "info");
  log.debug("m", "debug");
  log.verbose("m", "verbose");
  log.write(Level.PVERB, "m", "packet");
}

Deno.test("each level shows itself and what matters more", () =>
  inFolder(async (folder) => {
    const first: Record<string, number> = {
      always: 0,
      error: 1,
      warn: 4,
      notice: 5,
      info: 6,
      debug: 7,
      verbose: 8,
      packet: 11,
    };
    for (let level = 0; level <= 11; level++) {
      const path = `${folder}/${level}`;
      const log = await openLog({ path, level: level as LogLevel, clock: systemClock });
      logAll(log);
      for (let asked = 0; asked <= 11; asked++) assertEquals(log.enabled(asked as LogLevel), asked <= level);
      await log.close();
      const expected = Object.entries(first).filter(([, from]) => from <= level).map(([text]) => `m ${text}`);
      assertEquals(texts(path), expected, `level ${level}`);
    }
  }));

Deno.test("a file is appended to, made with mode 0644, and lines carry the clock's time", () =>
  inFolder(async (folder) => {
    const path = `${folder}/log`;
    Deno.writeTextFileSync(path, "old\n");
    const clock = new ManualClock(0, new Date(2026, 1, 3, 4, 5, 6, 7).getTime());
    const log = await openLog({ path, level: 5, clock });
    log.notice("proxy", "a\nb");
    clock.advance(1000);
    log.notice("proxy", "c");
    await log.flush();
    assertEquals(
      Deno.readTextFileSync(path),
      "old\n[2026-02-03 04:05:06.007] proxy a\\nb\n[2026-02-03 04:05:07.007] proxy c\n",
    );
    await log.close();
    const fresh = `${folder}/fresh`;
    await (await openLog({ path: fresh, level: 5, clock })).close();
    assertEquals(Deno.statSync(fresh).mode! & 0o777, 0o644 & ~Deno.umask());
  }));

Deno.test("a file that cannot be opened is a typed error in the reference's words", () =>
  inFolder(async (folder) => {
    const path = `${folder}/none/log`;
    const error = await assertRejects(() => openLog({ path, level: 5, clock: systemClock }), LogFileError);
    assertEquals(error.message, `opening log file '${path}' failed: No such file or directory`);
    assertEquals(error.path, path);
  }));

realTest("nutcracker", "the reference says the same of a file that cannot be opened", async () => {
  const path = "/nonexistent-folder/log";
  const command = new Deno.Command(requireProgram("nutcracker"), { args: ["-o", path], stdin: "null" });
  const output = new TextDecoder().decode((await command.output()).stderr);
  const ours = await assertRejects(() => openLog({ path, level: 5, clock: systemClock }), LogFileError);
  assertStringIncludes(output, ours.message);
});

Deno.test("the level goes up and down by one, between 0 and 11, and says so", () =>
  inFolder(async (folder) => {
    const path = `${folder}/log`;
    const log = await openLog({ path, level: 10, clock: systemClock });
    for (let i = 0; i < 3; i++) log.levelUp();
    assertEquals(log.level, 11);
    for (let i = 0; i < 13; i++) log.levelDown();
    assertEquals(log.level, 0);
    await log.close();
    const down = Array.from({ length: 11 }, (_, i) => `log down log level to ${10 - i}`);
    assertEquals(texts(path), ["log up log level to 11", ...down]);
  }));

Deno.test("reopening follows a renamed file, whatever is being written meanwhile", () =>
  inFolder(async (folder) => {
    const path = `${folder}/log`;
    const log = await openLog({ path, level: 5, clock: systemClock });
    let count = 0;
    for (let turn = 1; turn <= 5; turn++) {
      for (let i = 0; i < 100; i++) log.notice("m", `${count++}`);
      Deno.renameSync(path, `${path}.${turn}`);
      const reopened = log.reopen();
      const first = count;
      for (let i = 0; i < 100; i++) log.notice("m", `${count++}`);
      await reopened;
      log.notice("m", `first after ${turn}`);
      await log.flush();
      assertEquals(texts(path)[0], `m ${first}`, "what is said after the call is in the new file");
      assertEquals(texts(path)[texts(path).length - 1], `m first after ${turn}`);
    }
    await log.close();
    const files = [1, 2, 3, 4, 5].map((turn) => `${path}.${turn}`);
    const numbers = [...files, path].flatMap(texts).filter((text) => /^m \d/.test(text));
    assertEquals(numbers, Array.from({ length: count }, (_, i) => `m ${i}`));
  }));

Deno.test("a file that cannot be reopened is kept, and the reason is in it", () =>
  inFolder(async (folder) => {
    Deno.mkdirSync(`${folder}/logs`);
    const path = `${folder}/logs/log`;
    const log = await openLog({ path, level: 5, clock: systemClock });
    Deno.renameSync(`${folder}/logs`, `${folder}/moved`);
    await log.reopen();
    log.notice("m", "still here");
    await log.close();
    assertEquals(texts(`${folder}/moved/log`), [
      `log opening log file '${path}' failed: No such file or directory`,
      "m still here",
    ]);
  }));

Deno.test("without a file the log goes to the standard error stream, and reopening changes nothing", async () => {
  const script = `
    import { openLog } from "${new URL("../../../src/log/process_log.ts", import.meta.url)}";
    import { systemClock } from "${new URL("../../../src/base/clock.ts", import.meta.url)}";
    const log = await openLog({ path: null, level: 5, clock: systemClock });
    log.notice("m", "one");
    await log.reopen();
    log.notice("m", "two");
    await log.close();
  `;
  const config = new URL("../../../deno.json", import.meta.url).pathname;
  const args = ["run", "--quiet", "--config", config, "-"];
  const child = new Deno.Command(Deno.execPath(), {
    args,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
    env: { NO_COLOR: "1" },
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(script));
  await writer.close();
  const output = await child.output();
  assertEquals(new TextDecoder().decode(output.stdout), "");
  assertMatch(new TextDecoder().decode(output.stderr), /^\[.{23}\] m one\n\[.{23}\] m two\n$/);
});

Deno.test("closing does not wait for ever for a target that takes nothing", async () => {
  const clock = new ManualClock();
  const stuck = { write: () => new Promise<number>(() => {}), close: () => {} };
  const log = new ProcessLog({ path: "x", level: 5, clock }, stuck);
  log.notice("m", "never written");
  let closed = false;
  const closing = log.close().then(() => closed = true);
  clock.advance(CLOSE_WAIT_MS - 1);
  await Promise.resolve();
  assert(!closed);
  clock.advance(1);
  await closing;
  assertEquals(clock.pending, 0);
});

Deno.test("the null log takes everything and is never enabled", () => {
  logAll(nullLog);
  assertEquals(nullLog.enabled(0), false);
});
