/**
 * For every row of the table of commands: the same calls to a server, through a pool of one, and through a pool of four
 * servers, in RESP2 and in RESP3, with the same replies.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import type { Command } from "../../../src/protocol/redis/command.ts";
import { COMMANDS } from "../../../src/protocol/redis/command.ts";
import { resolveCommand } from "../../../src/protocol/redis/command_lookup.ts";
import { startRedis } from "../../support/redis_server.ts";
import { showBytes } from "../../support/show_bytes.ts";
import { joinBytes, resp, type WireClient } from "../../support/wire.ts";
import { lay } from "../../unit/protocol/redis_arguments.ts";
import { type RedisPool, startRedisPool } from "../redis_pool.ts";
import { DATA_EXAMPLES } from "./data_examples.ts";
import { type Example, type Examples, requestsOf } from "./example.ts";
import { type Kind, OLDEST_LACKS, testWithKinds } from "./kinds.ts";
import { MODULE_EXAMPLES } from "./module_examples.ts";
import { SERVER_EXAMPLES } from "./server_examples.ts";
import { shapeOf } from "./shape.ts";

const EXAMPLES: Examples = { ...DATA_EXAMPLES, ...SERVER_EXAMPLES, ...MODULE_EXAMPLES };

/** What a server answers with an error although the call is right: there is no password, nothing to kill, no cluster … */
const ERRORS: ReadonlySet<string> = new Set([
  "AUTH",
  "CLUSTER",
  "FUNCTION|KILL",
  "MOVE",
  "OBJECT|FREQ",
  "SCRIPT|KILL",
]);

function exampleOf({ name }: Command): Example {
  const example = EXAMPLES[name];
  assert(example !== undefined, `${name} has an example`);
  return typeof example === "string" ? { calls: example } : example;
}

Deno.test("redis rows: every row of the table has an example, which is a call of it", () => {
  for (const command of COMMANDS) {
    const { argc, args, bytes, base } = lay(requestsOf(exampleOf(command).calls).at(-1)!);
    assertEquals(resolveCommand(argc, args, bytes, base).name, command.name);
  }
  const rows = new Set(COMMANDS.map(({ name }) => name));
  for (const name of [...Object.keys(EXAMPLES), ...OLDEST_LACKS]) {
    assert(rows.has(name), `${name} is in the table`);
  }
});

/** Makes the calls and gives the last reply. */
async function play(client: WireClient, requests: readonly (readonly string[])[]): Promise<Uint8Array> {
  let bytes: Uint8Array = new Uint8Array();
  for (const words of requests) {
    const last = bytes.subarray(bytes.indexOf(0x0a) + 1, -2);
    await client.send(resp(...words.map((word) => word === "@" ? last : word)));
    ({ bytes } = await client.readReply());
  }
  return bytes;
}

const EMPTY = joinBytes([
  resp("FLUSHALL"),
  resp("SCRIPT", "FLUSH"),
  resp("FUNCTION", "FLUSH"),
]);

/** Makes servers as if they had just started. */
async function empty(servers: readonly WireClient[]): Promise<void> {
  for (const server of servers) await server.send(EMPTY);
  for (const server of servers) await server.expect("+OK\r\n".repeat(3));
}

async function open(connecting: Promise<WireClient>, version: number): Promise<WireClient> {
  const client = await connecting;
  await client.command("HELLO", version);
  return client;
}

const UNKNOWN = /^-ERR unknown (sub)?command /;

/** What the proxy says to a command that it refuses. */
function refusal({ name, row }: Command): string {
  return `-ERR command '${name}' is not supported by this proxy: ${row.reason}\r\n`;
}

function assertAlike(
  kind: Kind,
  command: Command,
  example: Example,
  got: Uint8Array,
  direct: Uint8Array,
  where: string,
): void {
  const about = `${where}: ${example.calls}`;
  const { name, row: { support } } = command;
  const [mine, servers] = [got, direct].map((bytes) => new TextDecoder().decode(bytes));
  const isLacking = UNKNOWN.test(servers);
  if (example.own !== undefined) return assertEquals(mine, example.own, about);
  if (isLacking && support !== "unknown") {
    assert(kind.lacks.has(name), `${about}: the server has it`);
    if (support === "local") return assert(got[0] !== ERROR, `${about}: the proxy has it itself`);
    // Each server of a split request is shown its own arguments.
    return assertEquals(mine.split("'").slice(0, 2), servers.split("'").slice(0, 2), about);
  }
  assertEquals(direct[0] === ERROR, isLacking || ERRORS.has(name), `${about}: ${servers}`);
  switch (example.compare ?? "same") {
    case "same":
      return assertEquals(showBytes(got), showBytes(direct), about);
    case "shape":
      return assertEquals(shapeOf(got), shapeOf(direct), about);
    case "type":
      return assertEquals(mine[0], servers[0], about);
  }
}

const ERROR = "-".charCodeAt(0);

testWithKinds("redis rows: every command is answered as by a server", async (kind) => {
  const directives = { hash_tag: "'{}'", allow_dangerous: true };
  const { redis: options } = kind;
  await using redis = await startRedis(options);
  await using one = await startRedisPool({ servers: 1, directives, redis: options });
  await using four = await startRedisPool({ servers: 4, directives, redis: options });
  const servers = await Promise.all(
    [redis, ...one.servers, ...four.servers].map((server) => server.connect()),
  );
  const pools: readonly [string, RedisPool][] = [["one server", one], ["four servers", four]];
  for (const command of COMMANDS) {
    const example = exampleOf(command);
    const requests = requestsOf(example.calls);
    for (const version of [2, 3]) {
      await empty(servers);
      let direct: Uint8Array | null = null;
      if (command.row.support !== "refuse") {
        using client = await open(redis.connect(), version);
        direct = await play(client, requests);
      }
      for (const [where, pool] of pools) {
        using client = await open(pool.connect(), version);
        const got = await play(client, direct === null ? requests.slice(-1) : requests);
        const about = `RESP${version}, ${where}`;
        if (direct === null) assertEquals(new TextDecoder().decode(got), refusal(command), about);
        else assertAlike(kind, command, example, got, direct, about);
      }
    }
  }
  for (const server of servers) server.close();
});
