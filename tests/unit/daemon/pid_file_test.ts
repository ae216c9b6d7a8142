import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { systemClock } from "../../../src/base/clock.ts";
import { PidFile, PidFileError } from "../../../src/daemon/pid_file.ts";
import { makeScratchFolder, removeFolder } from "../../support/start.ts";

async function withPath(fn: (path: string) => Promise<void>): Promise<void> {
  const folder = await makeScratchFolder();
  try {
    await fn(`${folder}/nutcracker.pid`);
  } finally {
    await removeFolder(folder);
  }
}

Deno.test("the pid file holds the decimal id and nothing else", () =>
  withPath(async (path) => {
    const file = await PidFile.write(path, systemClock);
    assertEquals(Deno.readTextFileSync(path), `${Deno.pid}`);
    assertEquals(Deno.statSync(path).mode! & 0o777, 0o644 & ~Deno.umask());
    file.remove();
  }));

Deno.test("what an earlier process left is overwritten to the last byte", () =>
  withPath(async (path) => {
    Deno.writeTextFileSync(path, "12345678901234567890\n");
    const file = await PidFile.write(path, systemClock);
    assertEquals(Deno.readTextFileSync(path), `${Deno.pid}`);
    file.remove();
  }));

Deno.test("the pid file is removed at the end, by the process that it names", () =>
  withPath(async (path) => {
    const first = await PidFile.write(path, systemClock);
    assertEquals(first.remove(), true);
    assertThrows(() => Deno.statSync(path), Deno.errors.NotFound);
    const second = await PidFile.write(path, systemClock);
    Deno.writeTextFileSync(path, `${Deno.pid}0`);
    assertEquals(second.remove(), false);
    assertEquals(Deno.readTextFileSync(path), `${Deno.pid}0`);
    const third = await PidFile.write(path, systemClock);
    Deno.removeSync(path);
    assertEquals(third.remove(), false);
  }));

Deno.test("the pid file of a process that lives is left alone, and can be had when it has ended", () =>
  withPath(async (path) => {
    const file = await PidFile.write(path, systemClock);
    const error = await assertRejects(() => PidFile.write(path, systemClock), PidFileError);
    assertEquals(error.message, `opening pid file '${path}' failed: process ${Deno.pid} is running`);
    assertEquals(Deno.readTextFileSync(path), `${Deno.pid}`);
    assertEquals(file.remove(), true);
    assertEquals((await PidFile.write(path, systemClock)).remove(), true);
  }));

Deno.test("a pid file that cannot be written is a typed error in POSIX's words", () =>
  withPath(async (path) => {
    const error = await assertRejects(() => PidFile.write(`${path}/x/y`, systemClock), PidFileError);
    assertEquals(error.message, `opening pid file '${path}/x/y' failed: No such file or directory`);
    assertEquals(error.path, `${path}/x/y`);
  }));
