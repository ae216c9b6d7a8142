import { createHash } from "node:crypto";
import { assertEquals } from "@std/assert";
import { SCRIPT_BYTES_MAX, SCRIPTS_MAX } from "../../../src/protocol/redis/limits.ts";
import { ScriptCache } from "../../../src/protocol/redis/scripts.ts";
import { fromLatin1, latin1 } from "./redis_feed.ts";

function add(scripts: ScriptCache, text: string): string {
  const bytes = latin1(`<${text}>`);
  scripts.add(bytes, 1, bytes.length - 1);
  return createHash("sha1").update(text).digest("hex");
}

Deno.test("redis scripts: they are found by their SHA-1 in either case", () => {
  const scripts = new ScriptCache();
  const sha = add(scripts, "return 1");
  assertEquals(sha, "e0e1f9fabfc9d4800c877a703b823ac0578ff8db");
  for (const name of [sha, sha.toUpperCase()]) assertEquals(fromLatin1(scripts.find(name)!.body), "return 1");
  assertEquals(scripts.find("f".repeat(40)), null);
  const { servers } = scripts.find(sha)!;
  add(scripts, "return 2");
  add(scripts, "return 1");
  assertEquals(scripts.find(sha)!.servers === servers, true, "what is known of it stays");
  scripts.clear();
  assertEquals(scripts.find(sha), null);
  assertEquals(scripts.find(add(scripts, "return 1")) === null, false, "it may come again");
});

Deno.test("redis scripts: those used last are kept, and none that is too long", () => {
  const scripts = new ScriptCache();
  const [first, second] = [add(scripts, "first"), add(scripts, "second")];
  for (let i = 0; i < SCRIPTS_MAX - 2; i++) add(scripts, `return ${i}`);
  scripts.find(first);
  const last = add(scripts, "last");
  assertEquals([first, second, last].map((sha) => scripts.find(sha) !== null), [true, false, true]);
  const [fits, long] = [SCRIPT_BYTES_MAX, SCRIPT_BYTES_MAX + 1].map((length) =>
    add(scripts, "x".repeat(length))
  );
  assertEquals([fits, long].map((sha) => scripts.find(sha) !== null), [true, false]);
});
