import { assertEquals, assertThrows } from "@std/assert";
import { parse, parseNodes, tokens, type YamlNode } from "@std/yaml";

/** A node as plain values, every scalar with its offset. */
function plain(node: YamlNode): unknown {
  if (node.kind === "scalar") return `${node.text}@${node.start}`;
  if (node.kind === "sequence") return node.items.map(plain);
  return node.pairs.map(({ key, value }) => [plain(key), plain(value)]);
}

Deno.test("parse gives plain values", () => {
  assertEquals(parse("a: 1\nb: [x, true]\n"), { a: 1, b: ["x", true] });
  assertEquals(parse(""), null);
  assertThrows(() => parse("a: [\n"), SyntaxError);
});

const documents: readonly [text: string, expected: unknown][] = [
  ["a: 0123\n", [["a@0", "0123@3"]]],
  ["a: yes\na: no\n", [["a@0", "yes@3"], ["a@7", "no@10"]]],
  ["a:\n- b\n- c\n", [["a@0", ["b@5", "c@9"]]]],
  ["a: \"b\\tc\\u0041\"\nb: 'it''s'\n", [["a@0", "b\tcA@3"], ["b@16", "it's@19"]]],
  ["a: b\n  c\n\n  d\n", [["a@0", "b c\nd@3"]]],
  ["a: |-\n  b\n  c\n", [["a@0", "b\nc@3"]]],
  ["a: >-\n  b\n  c\n", [["a@0", "b c@3"]]],
  ["a: # nothing\n", [["a@0", "@3"]]],
  ["a: b # c\n", [["a@0", "b@3"]]],
  ["a: b#c\n", [["a@0", "b#c@3"]]],
  ["<<: b\n", [["<<@0", "b@4"]]],
];

for (const [text, expected] of documents) {
  Deno.test(`nodes of ${JSON.stringify(text)}`, () => {
    const { roots, problems } = parseNodes(text);
    assertEquals(problems, []);
    assertEquals(roots.map(plain), [expected]);
  });
}

Deno.test("there is a root for each document that is not empty", () => {
  assertEquals(parseNodes("").roots.length, 0);
  assertEquals(parseNodes("# nothing\n").roots.length, 0);
  assertEquals(parseNodes("a: b\n---\nc: d\n").roots.map(plain), [[["a@0", "b@3"]], [["c@9", "d@12"]]]);
});

Deno.test("what is no YAML has a place", () => {
  const { problems } = parseNodes("a: b\nc: 'd\n");
  assertEquals(problems.map(({ start, code }) => [start, code]), [[11, "MISSING_CHAR"]]);
});

Deno.test("a scalar is no other token, whatever it looks like", () => {
  assertEquals(tokens("...: ---\n").map(({ type }) => type), [
    "scalar",
    "map-value-ind",
    "space",
    "scalar",
    "newline",
  ]);
});

Deno.test("tokens are the text", () => {
  const text = "%YAML 1.1\n---\n&a a: [b, *a]\nc: !t |\n  d\n...\n";
  const found = tokens(text);
  assertEquals(found.map((token) => token.text).join(""), text);
  for (const token of found) {
    assertEquals(text.slice(token.start, token.start + token.text.length), token.text);
  }
  const types = new Set(found.map(({ type }) => type));
  for (const type of ["directive", "doc-start", "anchor", "flow-seq-start", "alias", "tag", "doc-end"]) {
    assertEquals([type, types.has(type) || types.has(`${type}-line`)], [type, true]);
  }
});
