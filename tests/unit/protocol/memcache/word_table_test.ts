import { assertEquals, assertThrows } from "@std/assert";
import { WordTable } from "../../../../src/protocol/memcache/word_table.ts";
import { latin1 } from "./decisions.ts";

Deno.test("word table: finds its words and no other", () => {
  const table = new WordTable([["get", 1], ["gat", 2], ["gets", 3], ["cache_memlimit", 4]] as const);
  const find = (word: string) => table.find(latin1(`g${word}s`), 1, 1 + word.length);
  assertEquals(["get", "gat", "gets", "cache_memlimit"].map(find), [1, 2, 3, 4]);
  const others = [
    "",
    "g",
    "ge",
    "gez",
    "GET",
    "getz",
    "cache_memlimiz",
    "x".repeat(15),
    "x".repeat(1000),
    "\xff",
  ];
  for (const word of others) assertEquals(find(word), null, word);
});

Deno.test("word table: refuses what it cannot hold", () => {
  for (const words of [[["", 1]], [["x".repeat(16), 1]], [["a", 1], ["a", 2]]] as const) {
    assertThrows(() => new WordTable(words));
  }
});
