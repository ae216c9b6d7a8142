import { assert, assertEquals } from "@std/assert";
import { encode } from "../../../src/base/ascii.ts";
import {
  COMMANDS,
  KeyKind,
  MergeCode,
  SupportCode,
  UNKNOWN_COMMAND,
} from "../../../src/protocol/redis/command.ts";
import { commandTable } from "../../../src/protocol/redis/command_docs.ts";
import {
  lookupCommand,
  lookupSubcommand,
  resolveCommand,
} from "../../../src/protocol/redis/command_lookup.ts";
import { COMMAND_ROWS } from "../../../src/protocol/redis/commands.ts";
import { fuzzTest } from "../../support/random.ts";
import { lay } from "./redis_arguments.ts";

function lookup(name: string): string | null {
  const bytes = encode(`#${name}#`);
  return lookupCommand(bytes, 1, bytes.length - 1)?.name ?? null;
}

function resolve(line: string): string {
  const { argc, args, bytes, base } = lay(line.split(" "));
  return resolveCommand(argc, args, bytes, base).name;
}

Deno.test("redis commands: a name is in the table once, in upper case", () => {
  const names = COMMAND_ROWS.map((row) => row.name);
  assertEquals(new Set(names).size, names.length);
  for (const name of names) assertEquals(name, name.toUpperCase());
});

Deno.test("redis commands: subcommands stand right after their command and share nothing else's", () => {
  for (const command of COMMANDS) {
    const prefix = `${command.name}|`;
    const expected = COMMANDS.filter((other) => other.name.startsWith(prefix));
    assertEquals(command.subcommands ?? [], expected, command.name);
    if (command.name.includes("|")) assert(COMMANDS.some((other) => other.subcommands?.includes(command)));
  }
});

Deno.test("redis commands: every command is found in upper, lower and mixed case", () => {
  for (const { name, index } of COMMANDS) {
    assertEquals(COMMANDS[index].name, name);
    if (name.includes("|")) continue;
    assertEquals(lookup(name), name);
    assertEquals(lookup(name.toLowerCase()), name);
    assertEquals(lookup(name[0].toLowerCase() + name.slice(1)), name);
  }
});

Deno.test("redis commands: what is only like a name is not found", () => {
  for (
    const name of ["", "GE", "GETT", "G\u0005T", "GE\u0054\0", "OBJECT|ENCODING", "x".repeat(100), "ZÄDD"]
  ) {
    assertEquals(lookup(name), null, name);
  }
  // These differ from a name in the bit alone that tells the case of a letter.
  for (const name of ["BITFIELD\u007fRO", "JSON\u000eGET", "RESTORE\u000dASKING", "\u0007ET", "SLAVEO&"]) {
    assertEquals(lookup(name), null, name);
  }
});

fuzzTest("redis commands: a name with one byte changed is another command or none", (random) => {
  for (let round = 0; round < 20_000; round++) {
    const { name } = random.pick(COMMANDS.filter((command) => !command.name.includes("|")));
    const bytes = encode(name);
    bytes[random.int(bytes.length)] = random.uint32();
    const found = lookupCommand(bytes, 0, bytes.length);
    // Not all at once: the upper case of ß is SS.
    const expected = String.fromCharCode(...bytes).replace(/[a-z]/g, (letter) => letter.toUpperCase());
    const exact = COMMANDS.find((command) => command.name === expected && !expected.includes("|")) ?? null;
    assertEquals(found?.name ?? null, exact?.name ?? null, expected);
  }
});

Deno.test("redis commands: a request is treated by the row of its subcommand, if that has one", () => {
  assertEquals(resolve("get k"), "GET");
  assertEquals(resolve("object encoding k"), "OBJECT|ENCODING");
  assertEquals(resolve("OBJECT Encoding k"), "OBJECT|ENCODING");
  assertEquals(resolve("OBJECT nonsense k"), "OBJECT");
  assertEquals(resolve("OBJECT"), "OBJECT");
  assertEquals(resolve("memory usage k"), "MEMORY|USAGE");
  assertEquals(resolve("memory doctor"), "MEMORY");
  assertEquals(resolve("json.debug memory k"), "JSON.DEBUG|MEMORY");
  assertEquals(resolve("command docs"), "COMMAND|DOCS");
  assertEquals(resolve("command getkeys get k"), "COMMAND");
  assertEquals(resolve("no.such k"), UNKNOWN_COMMAND.name);
  const get = COMMANDS.find((command) => command.name === "GET")!;
  assertEquals(lookupSubcommand(get, encode("encoding"), 0, 8), null);
});

Deno.test("redis commands: an arity always reaches the first key and the number of keys", () => {
  for (const { name, arity, kind, first, numkeysAt } of [...COMMANDS, UNKNOWN_COMMAND]) {
    const argcMin = Math.abs(arity);
    if (kind === KeyKind.ONE || kind === KeyKind.STORE || kind === KeyKind.MIGRATE) {
      assert(argcMin > first, name);
    }
    if (kind === KeyKind.COUNTED) assert(argcMin > numkeysAt, name);
  }
});

Deno.test("redis commands: what is refused says why, and nothing else does", () => {
  for (const { name, row } of COMMANDS) {
    assertEquals(row.reason !== undefined, row.support === "refuse", name);
  }
});

Deno.test("redis commands: only what can be merged exactly is split", () => {
  const merged = COMMANDS.filter((command) => command.mergeCode !== MergeCode.NONE);
  const split = merged.filter(({ supportCode }) => supportCode === SupportCode.FORWARD);
  assertEquals(split.map((command) => `${command.name} ${command.row.merge}`).sort(), [
    "DEL sum",
    "EXISTS sum",
    "JSON.MGET array",
    "JSON.MSET status",
    "MGET array",
    "MSET status",
    "TOUCH sum",
    "TS.MADD results",
    "UNLINK sum",
  ]);
  // Fragments hold nothing but the name and the keys with their values, and the path of JSON.MGET.
  for (const { name, kind, first, last } of split) {
    assertEquals([kind, first, last], [KeyKind.RANGE, 1, name === "JSON.MGET" ? -2 : -1]);
  }
  // What goes to all servers has no key, and says how the replies become one.
  for (const { name, supportCode, kind, mergeCode } of COMMANDS) {
    if (supportCode !== SupportCode.ALL) continue;
    assertEquals([kind, mergeCode === MergeCode.NONE], [KeyKind.NONE, false], name);
  }
});

Deno.test("redis commands: the printed table has one line of five cells for every row", () => {
  const lines = commandTable().split("\n");
  assertEquals(lines.length, COMMAND_ROWS.length + 3);
  assertEquals(lines.at(-1), "");
  COMMAND_ROWS.forEach((row, i) => {
    const cells = lines[i + 2].split("|").slice(1, -1).map((cell) => cell.trim());
    assertEquals(cells.length, 5, lines[i + 2]);
    assertEquals(cells[0], `\`${row.name.replace("|", " ")}\``);
    assert(!lines[i + 2].includes("undefined"), lines[i + 2]);
  });
  const line = (name: string) => lines.find((text) => text.startsWith(`| \`${name}\` `));
  assertEquals(line("MGET"), "| `MGET` | read | 1 to the last | split, the values joined in order | yes |");
  assertEquals(line("PING"), "| `PING` |  | none |  | yes, by the proxy |");
  assertEquals(line("OBJECT"), "| `OBJECT` |  | none |  | by subcommand |");
});
