import { assertEquals } from "@std/assert";
import { checkFileLength, checkFunctionLength, FILE_LINES_MAX, FUNCTION_LINES_MAX } from "./limits.ts";
import { checkPlatform } from "./platform.ts";
import { checkReachable, checkTestNames } from "./reachable.ts";
import { checkRooms } from "./rooms.ts";
import { type Complaint, parseSource } from "./sources.ts";
import { checkWords } from "./words.ts";

const show = (complaints: readonly Complaint[]) =>
  complaints.map(({ path, line, text }) => `${path}:${line}: ${text}`);

Deno.test("sources: every way to import is seen, with its line", () => {
  const text = [
    'import type { A } from "./a.ts";',
    'export * from "./b.ts";',
    'export { c } from "./c.ts";',
    'const d = await import("./d.ts"); // é😀',
    'type E = import("./e.ts").E;',
    'new Worker(new URL("./f.ts", import.meta.url));',
    'const text = `import "./no.ts"`; // import "./no.ts";',
    "await import(text);",
    "export const x = 1;",
  ].join("\n");
  const found = parseSource("src/x.ts", text).imports.map(({ specifier, line }) => `${line} ${specifier}`);
  assertEquals(found, ["1 ./a.ts", "2 ./b.ts", "3 ./c.ts", "4 ./d.ts", "5 ./e.ts", "6 ./f.ts", "8 null"]);
});

Deno.test("rooms: a room may be given files of a package", () => {
  const check = (path: string) =>
    checkRooms([parseSource(path, 'import A from "uplot/a.css" with { type: "text" };')]);
  assertEquals(check("src/stats/page/files.ts"), []);
  assertEquals(show(check("src/stats/json.ts")), [
    'src/stats/json.ts:1: imports "uplot/a.css", which only std/ may',
  ]);
});

Deno.test("rooms: what the table forbids is named with its place", () => {
  const table: [path: string, specifier: string, complaint: string | null][] = [
    ["src/hashkit/md5.ts", "../base/ascii.ts", null],
    ["src/hashkit/md5.ts", "./names.ts", null],
    ["src/hashkit/md5.ts", "@std/crypto", null],
    [
      "src/hashkit/md5.ts",
      "../log/log.ts",
      "imports src/log/log.ts, but hashkit/ may import only hashkit/ std/ base/",
    ],
    ["src/hashkit/md5.ts", "node:crypto", 'imports "node:crypto", but may not use the platform'],
    ["src/daemon/signals.ts", "node:os", null],
    ["src/daemon/signals.ts", "npm:yaml@2", 'imports "npm:yaml@2", which only std/ may'],
    ["src/std/crypto.ts", "node:crypto", null],
    ["src/std/yaml.ts", "yaml", null],
    [
      "src/base/ring.ts",
      "../net/address.ts",
      "imports src/net/address.ts, but base/ may import only base/ std/",
    ],
    ["src/config/config.ts", "../net/address.ts", null],
    [
      "src/config/config.ts",
      "../net/listener.ts",
      "imports src/net/listener.ts, but config/ may import only config/ std/ base/ hashkit/names.ts " +
      "distribution/names.ts protocol/names.ts net/address.ts net/strerror.ts",
    ],
    ["src/protocol/redis/parse.ts", "../status.ts", null],
    [
      "src/protocol/redis/parse.ts",
      "../memcache/text/parse.ts",
      "imports src/protocol/memcache/text/parse.ts, but protocol/redis/ may import only protocol/redis/ std/ " +
      "base/ buffer/ protocol/*",
    ],
    ["src/protocol/memcache/text/parse.ts", "../keys.ts", null],
    ["src/protocol/memcache/codec.ts", "./text/parse.ts", null],
    [
      "src/protocol/memcache/text/parse.ts",
      "../meta/parse.ts",
      "imports src/protocol/memcache/meta/parse.ts, but protocol/memcache/text/ may import only " +
      "protocol/memcache/text/ std/ base/ buffer/ protocol/* protocol/memcache/*",
    ],
    ["src/app.ts", "./protocol/redis/parse.ts", null],
    ["src/cachenode/demo.ts", "../app.ts", null],
    [
      "src/cachenode/store.ts",
      "../app.ts",
      "imports src/app.ts, but cachenode/ may import only cachenode/ std/ base/ net/ buffer/ protocol/",
    ],
    ["main.ts", "./src/app.ts", null],
    [
      "main.ts",
      "./src/cli/flags.ts",
      "imports src/cli/flags.ts, but ../main.ts may import only ../main.ts std/ app.ts",
    ],
    [
      "src/net/tcp.ts",
      "../../tests/run.ts",
      "imports tests/run.ts, but net/ may import only net/ std/ base/",
    ],
    ["src/attic/x.ts", "./y.ts", "is in no room of the import table"],
    ["tests/unit/x_test.ts", "../../src/app.ts", null],
  ];
  for (const [path, specifier, complaint] of table) {
    const source = parseSource(path, `import ${JSON.stringify(specifier)};\n`);
    assertEquals(show(checkRooms([source])), complaint === null ? [] : [`${path}:1: ${complaint}`]);
  }
});

Deno.test("rooms: an import that is computed is refused", () => {
  const source = parseSource("src/net/tcp.ts", "\nawait import(name);");
  assertEquals(show(checkRooms([source])), ["src/net/tcp.ts:2: imports what is only known at run time"]);
});

Deno.test("limits: a file may have as many lines as the limit says", () => {
  const full = parseSource("src/a.ts", "//\n".repeat(FILE_LINES_MAX));
  const over = parseSource("src/b.ts", "//\n".repeat(FILE_LINES_MAX + 1));
  assertEquals(show(checkFileLength([full, over], new Map())), ["src/b.ts:1: has 501 lines, more than 500"]);
  assertEquals(checkFileLength([over], new Map([["src/b.ts", "a table"]])), []);
});

Deno.test("limits: a function may have as many lines as the limit says, whatever its form", () => {
  const body = (lines: number) => `{\n${"  // } ) {\n".repeat(lines - 2)}}`;
  const forms: [before: string, after: string, name: string][] = [
    ["function f(): { a: number } | void ", "", "the function f"],
    ["const g = async () => ", ";", "the function g"],
    ["class A { #m() ", "}", "the function m"],
    ["class A { get p(): number ", "}", "the function p"],
    ["const o = { h() ", "};", "the function h"],
    ['Deno.test("x", () => ', ");", "a function"],
  ];
  for (const [before, after, name] of forms) {
    const full = parseSource("src/a.ts", before + body(FUNCTION_LINES_MAX) + after);
    const over = parseSource("src/b.ts", "\n" + before + body(FUNCTION_LINES_MAX + 1) + after);
    assertEquals(show(checkFunctionLength([full, over])), [`src/b.ts:2: ${name} has 71 lines, more than 70`]);
  }
});

Deno.test("platform: names of the platform are refused outside of their rooms", () => {
  const text = "// Deno\nexport const c = Deno.env;\ntype T = Deno.Conn;\nconst s = `Deno ${console.log}`;\n";
  const wrong = show(checkPlatform([parseSource("src/proxy/x.ts", text)]));
  assertEquals(wrong.map((complaint) => complaint.split(",")[0]), [
    "src/proxy/x.ts:2: uses Deno",
    "src/proxy/x.ts:3: uses Deno",
    "src/proxy/x.ts:4: uses console",
  ]);
  for (const path of ["src/app.ts", "src/cachenode/demo.ts", "tests/unit/x_test.ts"]) {
    assertEquals(checkPlatform([parseSource(path, text)]), []);
  }
});

Deno.test("reachable: a module that nothing imports is found, also if others import each other", () => {
  const sources = [
    parseSource("main.ts", 'import "./src/app.ts";'),
    parseSource("src/app.ts", 'import "@std/yaml"; await import("./net/a.ts");'),
    parseSource("src/std/yaml.ts", ""),
    parseSource("src/net/a.ts", 'import "../app.ts";'),
    parseSource("src/net/b.ts", 'import "./c.ts";'),
    parseSource("src/net/c.ts", 'import "./b.ts";'),
    parseSource("src/net/d.ts", ""),
    parseSource("tests/unit/d_test.ts", 'import "../../src/net/d.ts";'),
  ];
  assertEquals(show(checkReachable(sources)).map((complaint) => complaint.split(":")[0]), [
    "src/net/b.ts",
    "src/net/c.ts",
  ]);
});

Deno.test("reachable: a test in a file that is not run is found", () => {
  const declaring = ['Deno.test("x", fn);', 'realTest("memcached", "x", fn);', 'Deno.bench("x", fn);'];
  for (const text of declaring) {
    assertEquals(checkTestNames([parseSource("tests/unit/x.ts", text)]).length, 1);
    assertEquals(checkTestNames([parseSource("src/base/x_test.ts", text)]).length, 1);
    assertEquals(checkTestNames([parseSource("tests/unit/x_test.ts", text)]), []);
    assertEquals(checkTestNames([parseSource("tests/bench/x_bench.ts", text)]), []);
  }
  assertEquals(checkTestNames([parseSource("tests/unit/x.ts", "RegExp.test(x); // Deno.test()")]), []);
});

Deno.test("words: unfinished work and machine paths are found, and their likes are not", () => {
  const word = "TO" + "DO";
  const path = "/wo" + "rk/main";
  const text = `a\n// ${word}: later\n${word}S and ${word}_LIST\nfile://${path}\n/workshop/\n`;
  assertEquals(show(checkWords([{ path: "src/a.ts", text }])).map((complaint) => complaint.split(" ")[0]), [
    "src/a.ts:2:",
    "src/a.ts:4:",
  ]);
});
