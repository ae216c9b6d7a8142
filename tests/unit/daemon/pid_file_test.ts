import { assertEquals, assertThrows } from "@std/assert";
import { PidFileError, removePidFile, writePidFile } from "../../../src/daemon/pid_file.ts";
import { makeScratchFolder, removeFolder } from "../../support/start.ts";

async function withPath(fn: (path: string) => void): Promise<void> {
  const folder = await makeScratchFolder();
  try {
    fn(`${folder}/nutcracker.pid`);
  } finally {
    await removeFolder(folder);
  }
}

Deno.test("the pid file holds the decimal id and nothing else", () =>
  withPath((path) => {
    writePidFile(path);
    assertEquals(Deno.readTextFileSync(path), `${Deno.pid}`);
    assertEquals(Deno.statSync(path).mode! & 0o777, 0o644 & ~Deno.umask());
  }));

Deno.test("what an earlier process left is overwritten to the last byte", () =>
  withPath((path) => {
    Deno.writeTextFileSync(path, "12345678901234567890\n");
    writePidFile(path);
    assertEquals(Deno.readTextFileSync(path), `${Deno.pid}`);
  }));

Deno.test("the pid file is removed at the end, by the process that it names", () =>
  withPath((path) => {
    writePidFile(path);
    assertEquals(removePidFile(path), true);
    assertThrows(() => Deno.statSync(path), Deno.errors.NotFound);
    assertEquals(removePidFile(path), false);
    Deno.writeTextFileSync(path, `${Deno.pid}0`);
    assertEquals(removePidFile(path), false);
    assertEquals(Deno.readTextFileSync(path), `${Deno.pid}0`);
  }));

Deno.test("a pid file that cannot be written is a typed error in POSIX's words", () =>
  withPath((path) => {
    const error = assertThrows(() => writePidFile(`${path}/x/y`), PidFileError);
    assertEquals(error.message, `opening pid file '${path}/x/y' failed: No such file or directory`);
    assertEquals(error.path, `${path}/x/y`);
  }));
