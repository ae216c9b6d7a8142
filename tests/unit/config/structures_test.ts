import { assertEquals, assertThrows } from "@std/assert";
import { parseNodes } from "@std/yaml";
import { readDocument } from "../../../src/config/document.ts";
import { ConfigError } from "../../../src/config/error.ts";
import { Problems } from "../../../src/config/problems.ts";
import {
  leaf,
  listOf,
  mapOf,
  optional,
  recordOf,
  refine,
  required,
  type StructureKind,
} from "../../../src/config/structures.ts";
import { nameKind, numberKind, switchKind } from "../../../src/config/values.ts";

interface Place {
  readonly first: number;
  readonly step: number | null;
}

const place = recordOf<Place>({
  first: required("first", leaf(numberKind("number"))),
  step: optional("step", leaf(numberKind("number")), null),
});
const colours = listOf(leaf(nameKind("colour", ["red", "blue"])));
const secret = recordOf<{ word: string }>({
  word: required("word", leaf(nameKind("word", ["xyzzy"]), true)),
});

/** Reads a value from the text of one; returns what it means, or the places and texts of what is wrong. */
function read<T>(kind: StructureKind<T>, text: string): T | string[] {
  const { roots, problems } = parseNodes(text);
  assertEquals(problems, []);
  const found: string[] = [];
  const context = {
    report: (start: number, reason: string, hint: string) => void found.push(`${start}: ${reason}; ${hint}`),
    outside: { readFile: () => new Uint8Array(), readVariable: () => undefined },
  };
  const value = kind.read(roots[0], context);
  assertEquals(value === undefined, found.length > 0, "what is wrong is told, and nothing else");
  return value ?? found;
}

Deno.test("a list, a record and a map are read in both styles", () => {
  for (const text of ["[red, blue]", "- red\n- blue\n"]) assertEquals(read(colours, text), ["red", "blue"]);
  assertEquals(read(colours, "red"), ["red"]);
  assertEquals(read(colours, "[]"), []);
  for (const text of ["{first: 1, step: 2}", "first: 1\nstep: 2\n"]) {
    assertEquals(read(place, text), { first: 1, step: 2 });
  }
  assertEquals(read(place, "first: 1\n"), { first: 1, step: null });
  for (const text of ["{A: {first: 1}, b: {first: 2}}", "A:\n  first: 1\nb: {first: 2}\n"]) {
    const map = read(mapOf("name", place), text);
    assertEquals({ ...map }, { A: { first: 1, step: null }, b: { first: 2, step: null } });
  }
});

Deno.test("a key of a map may have any name", () => {
  const map = read(mapOf("name", leaf(numberKind("number"))), "{__proto__: 1, constructor: 2}");
  assertEquals(Object.entries(map), [["__proto__", 1], ["constructor", 2]]);
});

const faults: readonly [kind: StructureKind<unknown>, text: string, found: readonly string[]][] = [
  [colours, "[red, green]", ['6: is not a valid colour; "green" given, one of red, blue']],
  [colours, "[red, [blue]]", ["6: has an invalid value; a sequence given, `red`, `blue` expected"]],
  [colours, "[a:]", [
    "1: has an invalid value; a mapping given, `red`, `blue` expected; a text with a colon at its end wants quotes",
  ]],
  [colours, "[red, '']", ['6: has an invalid value; "" given, `red`, `blue` expected']],
  [place, "{step: 1}", ['0: has no "first"; every entry needs it']],
  [place, "{first: x}", ['8: is not a number; "x" given, decimal digits without sign or unit']],
  [place, "{first: 1, last: 2}", ['11: has an unknown "last"; one of first, step']],
  [place, "{first: 1, first: 2}", ['11: has "first" twice; once is enough']],
  [place, "{[a]: 1}", ["1: has an invalid key; a key is text"]],
  [place, "[a]", ["0: has an invalid value; a sequence given, a map of first, step expected"]],
  [secret, "{word: hush}", ["7: is not a valid word; one of xyzzy"]],
];

for (const [kind, text, found] of faults) {
  Deno.test(`what is wrong with ${text}`, () => assertEquals(read(kind, text), found));
}

Deno.test("a value is shown in the words of the file, without secrets", () => {
  assertEquals(place.describe({ first: 1, step: null }), { first: 1, step: null });
  assertEquals(mapOf("name", colours).describe({ a: ["red"] }), { a: ["red"] });
  assertEquals(secret.describe({ word: "xyzzy" }), { word: "***" });
});

Deno.test("a kind can be refined", () => {
  const both = leaf(switchKind(true, false));
  const onlyTrue = refine(
    both,
    (value, { start }, { report }) => value ? "yes" : report(start, "is off", "turn it on") as undefined,
    (value) => value === "yes",
  );
  assertEquals(read(onlyTrue, "true"), "yes");
  assertEquals(read(onlyTrue, "false"), ["0: is off; turn it on"]);
  assertEquals(onlyTrue.describe("yes"), true);
});

const POOL = "a:\n  servers:\n  - h:1:1\n";

/** Reads a document in which `own` may have parts. */
function document(text: string) {
  return readDocument(text, new Problems("x.yml", text), (key) => key === "own");
}

Deno.test("only directives of our own may have parts", () => {
  for (const value of ["[b, {c: d}]", "{c: [d]}", "\n    c:\n    - d", "\n  - c: d\n    e: f", "text"]) {
    const [{ entries }] = document(`${POOL}  own: ${value}\n  hash: md5\n`);
    assertEquals(entries.map(({ key, structure }) => [key.text, structure !== null]), [
      ["servers", false],
      ["own", true],
      ["hash", false],
    ]);
  }
  for (
    const [line, reason] of [
      ["hash: [md5]", "4:9: conf: flow sequence start token (10) is disallowed"],
      ["own: [b]\n  hash: {c: d}", "5:9: conf: flow mapping start token (12) is disallowed"],
      ["own: [*x]", "4:9: conf: alias token (18) is disallowed"],
    ]
  ) {
    const error = assertThrows(() => document(`${POOL}  ${line}\n`), ConfigError);
    assertEquals(error.message.includes(reason), true, error.message);
  }
});

Deno.test("brackets that are not closed are bad syntax", () => {
  const error = assertThrows(() => document(`${POOL}  own: [b, {c: d\n  hash: md5\n`), ConfigError);
  assertEquals(error.lines.some((line) => line.includes("(err 3)")), true);
  assertEquals(error.message.includes("disallowed"), false, error.message);
});
