import { assert, assertEquals } from "@std/assert";
import { ManualClock } from "../../../src/base/clock.ts";
import { FILE_WATCH_MS, fileStamp, FileWatch } from "../../../src/daemon/file_watch.ts";
import { settle } from "../../support/memory_network.ts";
import { makeScratchFolder, removeFolder } from "../../support/start.ts";

Deno.test("a change is told once, when it has stood for a whole period", async () => {
  const clock = new ManualClock();
  let [stamp, told]: [string | null, number] = ["a", 0];
  const watch = new FileWatch("x", () => void told++, () => Promise.resolve(stamp));
  await watch.begin();
  stamp = "changed between reading and watching";
  watch.start(clock);
  const counts: number[] = [];
  for (const next of [null, null, "b", "c", "d", "d", null, "d", "d", "e", "e", "e"]) {
    clock.advance(FILE_WATCH_MS);
    await settle();
    counts.push(told);
    if (next !== null) stamp = next;
  }
  //                    seen  told      b  c  d  d        d  d  e  e
  assertEquals(counts, [0, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 3]);
  watch.stop();
  stamp = "f";
  clock.advance(10 * FILE_WATCH_MS);
  await settle();
  assertEquals([told, clock.pending], [3, 0]);
});

Deno.test("a file that is missing for a while is waited for", async () => {
  const clock = new ManualClock();
  let [stamp, told]: [string | null, number] = ["a", 0];
  const watch = new FileWatch("x", () => void told++, () => Promise.resolve(stamp));
  await watch.begin();
  watch.start(clock);
  for (const [next, expected] of [[null, 0], ["a", 0], [null, 0], ["b", 1]] as const) {
    stamp = next;
    for (let i = 0; i < 4; i++) {
      clock.advance(FILE_WATCH_MS);
      await settle();
    }
    assertEquals(told, expected);
  }
  watch.stop();
});

Deno.test("a look that takes long is not overtaken by the next", async () => {
  const clock = new ManualClock();
  const looks: ((stamp: string) => void)[] = [];
  const watch = new FileWatch("x", () => {}, () => new Promise((resolve) => looks.push(resolve)));
  const begun = watch.begin();
  looks[0]("a");
  await begun;
  watch.start(clock);
  clock.advance(5 * FILE_WATCH_MS);
  assertEquals(looks.length, 2);
  watch.stop();
  looks[1]("b");
  await settle();
});

Deno.test("a file's stamp changes when it is written to, replaced, or another one is linked to", async () => {
  const folder = await makeScratchFolder();
  try {
    const [path, other, link] = ["a", "b", "link"].map((name) => `${folder}/${name}`);
    assertEquals(await fileStamp(path), null);
    await Deno.writeTextFile(path, "one");
    await Deno.writeTextFile(other, "one");
    await Deno.symlink(path, link);
    const stamps = [await fileStamp(link)];
    await Deno.remove(link);
    await Deno.symlink(other, link);
    stamps.push(await fileStamp(link));
    await Deno.writeTextFile(other, "longer");
    stamps.push(await fileStamp(link));
    await Deno.utime(other, 1, 1);
    stamps.push(await fileStamp(link));
    await Deno.rename(path, other);
    stamps.push(await fileStamp(link));
    assert(!stamps.includes(null), "there is always a file");
    for (let i = 1; i < stamps.length; i++) assert(stamps[i] !== stamps[i - 1], `change ${i} is seen`);
  } finally {
    await removeFolder(folder);
  }
});
