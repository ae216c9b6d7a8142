import { assert, assertEquals } from "@std/assert";
import { PERMISSIONS, V8_FLAGS } from "../../src/daemon/permissions.ts";
import { VERSION } from "../../src/version.ts";
import { checkFileLength, checkFunctionLength, LONG_FILES } from "./limits.ts";
import { checkPlatform } from "./platform.ts";
import { checkReachable, checkTestNames } from "./reachable.ts";
import { checkRooms } from "./rooms.ts";
import { type Complaint, parseSource, type Source } from "./sources.ts";
import { checkWords, type TextFile } from "./words.ts";

const ROOT = new URL("../../", import.meta.url);
const TOP_FILES = ["main.ts", "README.md", "deno.json", ".ci/run"];

function exists(path: string): boolean {
  try {
    return Deno.statSync(new URL(path, ROOT)).isFile;
  } catch {
    return false;
  }
}

function* filesBelow(folder: string): Generator<string> {
  for (const entry of Deno.readDirSync(new URL(`${folder}/`, ROOT))) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory) yield* filesBelow(path);
    else if (entry.isFile) yield path;
  }
}

function readFiles(): TextFile[] {
  const paths = [
    ...filesBelow("src"),
    ...filesBelow("tests"),
    ...filesBelow("conf"),
    ...TOP_FILES.filter(exists),
  ];
  return paths.map((path) => ({ path, text: Deno.readTextFileSync(new URL(path, ROOT)) }));
}

const files: readonly TextFile[] = readFiles();
const sources: readonly Source[] = files
  .filter(({ path }) => /\.[tj]s$/.test(path))
  .map(({ path, text }) => parseSource(path, text));

function assertNone(complaints: readonly Complaint[]): void {
  const text = complaints.map(({ path, line, text }) => `${path}:${line}: ${text}`).join("\n");
  assert(complaints.length === 0, `\n${text}`);
}

Deno.test("tidy: the sources are found", () => {
  assert(sources.some(({ path }) => path === "src/base/ring.ts"), "src/ is read");
  assert(sources.some(({ path }) => path === "src/stats/page/app.js"), "what browsers run is read");
  assert(sources.some(({ path }) => path === "tests/tidy/tidy_test.ts"), "tests/ is read");
});

Deno.test("tidy: rooms import one way", () => assertNone(checkRooms(sources)));
Deno.test("tidy: files are short", () => assertNone(checkFileLength(sources)));
Deno.test("tidy: functions are short", () => assertNone(checkFunctionLength(sources)));
Deno.test("tidy: Deno and console are used in their rooms", () => assertNone(checkPlatform(sources)));
Deno.test("tidy: every module is reachable", () => assertNone(checkReachable(sources)));
Deno.test("tidy: every test is run", () => assertNone(checkTestNames(sources)));
Deno.test("tidy: nothing says unfinished or names a machine", () => assertNone(checkWords(files)));

Deno.test("tidy: files that may be long exist", () => {
  assertEquals([...LONG_FILES.keys()].filter((path) => !exists(path)), []);
});

Deno.test("tidy: deno.json has the program's version", () => {
  const { version } = JSON.parse(Deno.readTextFileSync(new URL("deno.json", ROOT)));
  assertEquals(version, VERSION);
});

Deno.test("tidy: the tasks start and demo run with the permissions of the table, and with no more", () => {
  const { tasks } = JSON.parse(Deno.readTextFileSync(new URL("deno.json", ROOT)));
  const options = (task: string) => task.split(" ").filter((word) => word.startsWith("-"));
  const permissions = PERMISSIONS.filter(({ onlyCompiled }) => !onlyCompiled).map(({ flag }) => flag);
  assertEquals(options(tasks.start), [V8_FLAGS, ...permissions]);
  const isListed = (option: string) => option === "--no-prompt" || permissions.includes(option);
  assertEquals(options(tasks.demo).filter((option) => !isListed(option)), []);
});
