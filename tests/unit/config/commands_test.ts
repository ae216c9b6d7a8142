import { assertEquals, assertThrows } from "@std/assert";
import type { CommandRules } from "../../../src/config/config.ts";
import { describeConfig } from "../../../src/config/describe.ts";
import { ConfigError } from "../../../src/config/error.ts";
import { loadConfig } from "../../../src/config/load.ts";

const REDIS = "pool:\n  listen: 127.0.0.1:1\n  redis: true\n  servers:\n    - 127.0.0.1:2:1\n";

function load(commands: string): CommandRules | null {
  return loadConfig("conf.yml", `${REDIS}  commands: ${commands}\n`).pools[0].commands;
}

/** With a prototype, for comparison. */
function plain(rules: CommandRules | null): CommandRules | null {
  return rules && { ...rules, custom: { ...rules.custom } };
}

Deno.test("commands: names become upper case, keys are filled in", () => {
  const table: [string, CommandRules][] = [
    ["{}", { deny: [], custom: {} }],
    ["{deny: sort}", { deny: ["SORT"], custom: {} }],
    ["{deny: [Sort, config get, JSON.GET, client|KILL]}", {
      deny: ["SORT", "CONFIG|GET", "JSON.GET", "CLIENT|KILL"],
      custom: {},
    }],
    ["{custom: {my.get: {first: 1}, my.all: {first: 2, last: -1, step: 2}, my.any: {first: 0}}}", {
      deny: [],
      custom: {
        "MY.GET": { first: 1, last: 1, step: 1 },
        "MY.ALL": { first: 2, last: -1, step: 2 },
        "MY.ANY": { first: 0, last: 0, step: 1 },
      },
    }],
    ["\n    deny:\n      - sort\n    custom:\n      A: {first: 1}", {
      deny: ["SORT"],
      custom: { A: { first: 1, last: 1, step: 1 } },
    }],
  ];
  for (const [text, rules] of table) assertEquals(plain(load(text)), rules, text);
  assertEquals(loadConfig("conf.yml", REDIS).pools[0].commands, null);
});

Deno.test("commands: what is wrong is told where it is", () => {
  const many = Array.from({ length: 257 }, (_, i) => `C${i}`).join(", ");
  const table: [string, string][] = [
    ["{refuse: [a]}", 'has an unknown "refuse"'],
    ["{deny: [a b c]}", "has an invalid name of a command"],
    ["{deny: [a, '']}", "has an invalid value"],
    ["{custom: {A: {}}}", 'has no "first"'],
    ["{custom: {A: {first: x}}}", "is not a number"],
    ["{custom: {A: {first: -1}}}", "has keys that are nowhere"],
    ["{custom: {A: {first: 2, last: 1}}}", "has keys that are nowhere"],
    ["{custom: {A: {first: 1, step: 0}}}", "has keys that are nowhere"],
    ["{custom: {A: {first: 1}, a: {first: 1}}}", 'has "a" twice'],
    ["{custom: {A b: {first: 1}}}", 'has an invalid name of a command, "A b"'],
    [`{deny: [${many}]}`, "has too many commands"],
    ["yes", "has an invalid value"],
  ];
  for (const [text, reason] of table) {
    const error = assertThrows(() => load(text), ConfigError);
    assertEquals(
      [error.lines.length, error.lines[0].includes(`"commands" ${reason}`)],
      [1, true],
      error.lines[0],
    );
    assertEquals(error.lines[0].startsWith("conf.yml:6:"), true);
  }
});

Deno.test("commands: they are shown as they were given", () => {
  const config = loadConfig(
    "conf.yml",
    `${REDIS}  commands: {deny: [sort], custom: {a: {first: 1, last: -1}}}\n`,
  );
  assertEquals(JSON.parse(JSON.stringify(describeConfig(config))).pool.commands, {
    deny: ["SORT"],
    custom: { A: { first: 1, last: -1, step: 1 } },
  });
});
