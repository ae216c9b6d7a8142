import { assert, assertEquals } from "@std/assert";
import { concat } from "../../../src/base/ascii.ts";
import type { HeldReply } from "../../../src/protocol/contract.ts";
import { STANDARD_TABLE } from "../../../src/protocol/redis/command_lookup.ts";
import { ReplyTree } from "../../../src/protocol/redis/reply_tree.ts";
import {
  countUsable,
  isUsable,
  usableDocs,
  usableEntries,
  usableNames,
} from "../../../src/protocol/redis/usable_commands.ts";
import { fuzzTest, type Random } from "../../support/random.ts";
import { fromLatin1, latin1, placed } from "./redis_feed.ts";

const USE = { table: STANDARD_TABLE, allowDangerous: false };

/** A reply, whole and well-formed, with names of commands in it. */
function randomReply(random: Random, depth = 0): string {
  switch (random.int(depth > 4 ? 5 : 10)) {
    case 0:
      return `:${random.int(20)}\r\n`;
    case 1:
      return random.pick(["$-1\r\n", "_\r\n", "*-1\r\n", "+subcommands\r\n"]);
    case 2:
    case 3:
    case 4: {
      const text = random.pick(["get", "sort", "monitor", "config|set", "subcommands", "", "|", "a\r\nb"]);
      return `$${text.length}\r\n${text}\r\n`;
    }
    default: {
      const type = random.pick(["*", "%", "~"]);
      const count = random.int(12);
      const items = Array.from(
        { length: type === "%" ? 2 * count : count },
        () => randomReply(random, depth + 1),
      );
      return `${type}${count}\r\n${items.join("")}`;
    }
  }
}

const CHANGES: readonly ((reply: HeldReply) => Uint8Array<ArrayBuffer>)[] = [
  (reply) => usableNames(reply, USE),
  (reply) => usableDocs(reply, USE),
  (reply) => usableEntries(reply, USE, null),
  (reply) => usableEntries(reply, USE, latin1("_\r\n")),
];

fuzzTest("redis reply tree: whatever a server says is taken apart and put together", (random) => {
  for (let round = 0; round < 500; round++) {
    const text = randomReply(random);
    const reply = placed(latin1(text), random.int(10));
    const tree = new ReplyTree(reply.bytes, reply.start, reply.end);
    assertEquals(fromLatin1(tree.bytes), text);
    if (tree.items !== null) {
      const together = concat([tree.head(tree.items.length), ...tree.items.map(({ bytes }) => bytes)]);
      assertEquals(fromLatin1(together), text);
    }
    for (const change of CHANGES) {
      const left = change(reply);
      const again = new ReplyTree(left, 0, left.length);
      assertEquals([again.end, again.items === null], [left.length, tree.items === null], text);
    }
    assertEquals(countUsable(reply, USE) < 0, tree.items === null);
  }
});

Deno.test("redis reply tree: lists in lists without end are no danger", () => {
  const deep = latin1(`${"*1\r\n".repeat(200_000)}:1\r\n`);
  const tree = new ReplyTree(deep, 0, deep.length);
  assertEquals([tree.end, tree.items?.length], [deep.length, 1]);
});

Deno.test("redis: which commands clients can use", () => {
  for (
    const name of [
      "get",
      "GET",
      "config|help",
      "acl",
      "script|load",
      "foo",
      "foo|bar",
      "command|getkeys",
      "",
      "cluster|nodes",
    ]
  ) {
    assert(isUsable(name, USE), name);
  }
  for (
    const name of [
      "monitor",
      "MONITOR",
      "config|set",
      "acl|list",
      "flushall",
      "client|nope",
      "latency|doctor",
    ]
  ) {
    assert(!isUsable(name, USE), name);
  }
  assert(isUsable("flushall", { ...USE, allowDangerous: true }));
});
