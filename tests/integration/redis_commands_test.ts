/**
 * The table of commands against a real redis-server, which knows its own commands best.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import type { Access } from "../../src/protocol/redis/command_row.ts";
import { type Command, COMMANDS, KeyKind } from "../../src/protocol/redis/command.ts";
import { resolveCommand } from "../../src/protocol/redis/command_lookup.ts";
import { keyFaultReply, unknownCommandReply } from "../../src/protocol/redis/key_errors.ts";
import { findKeys, KeyList } from "../../src/protocol/redis/key_spec.ts";
import { KeyStatus } from "../../src/protocol/redis/key_status.ts";
import { chooseSeed, runSeeded } from "../support/random.ts";
import { startRedis } from "../support/redis_server.ts";
import { showBytes } from "../support/show_bytes.ts";
import { ReplyError, type ReplyValue, resp, type WireClient } from "../support/wire.ts";
import { testWithKinds } from "./redis_rows/kinds.ts";
import { lay } from "../unit/protocol/redis_arguments.ts";

/** What the server says of a command: name, arity, flags, first and last key, step, and at index 9 subcommands. */
type CommandInfo = readonly [string, number, readonly string[], number, number, number, ...unknown[]];

const SUBCOMMANDS_AT = 9;

/** Where the table says something else than a server does, and why. */
const NAMED_DIFFERENCES: readonly { names: RegExp; field: keyof Facts; reason: string }[] = [
  { names: /^Z(REV)?RANK$/, field: "arity", reason: "redis 7.2 added an option" },
  { names: /^V[A-Z]+$/, field: "arity", reason: "a module, which says -1 and counts for itself" },
  {
    names: /^(EVAL|EVALSHA|FCALL)$/,
    field: "access",
    reason: "a script may write, and the table assumes so",
  },
  { names: /^WAIT(AOF)?$/, field: "blocks", reason: "refused, so that it never waits" },
  { names: /^SORT_RO$/, field: "movable", reason: "by the patterns of BY and GET, which name no keys" },
];

/** What the table and a server both say of a command. */
interface Facts {
  readonly arity: number;
  readonly access: Access;
  readonly blocks: boolean;
  /** Whether its keys have to be looked for. */
  readonly movable: boolean;
  /** The first and the last key and the step; of no meaning if they have to be looked for. */
  readonly triple: string;
}

/** These have no triple but a rule, and are compared by their keys. */
function hasTriple(command: Command): boolean {
  return command.kind === KeyKind.NONE || command.kind === KeyKind.ONE || command.kind === KeyKind.RANGE;
}

async function commandInfos(client: WireClient): Promise<CommandInfo[]> {
  return await client.command("COMMAND") as unknown as CommandInfo[];
}

function factsOf(command: Command): Facts {
  const { arity, access, blocking, keys } = command.row;
  const { first, last, step } = keys.form === "range" ? keys : { first: 0, last: 0, step: 1 };
  return {
    arity,
    access,
    blocks: blocking !== undefined,
    movable: !hasTriple(command),
    triple: `${first} ${last} ${step}`,
  };
}

function serverFactsOf([, arity, flags, first, last, step]: CommandInfo): Facts {
  return {
    arity,
    access: flags.includes("write") ? "write" : flags.includes("readonly") ? "read" : "none",
    blocks: flags.includes("blocking"),
    movable: flags.includes("movablekeys"),
    triple: first === 0 ? "0 0 1" : `${first} ${last} ${step}`,
  };
}

function assertSame(command: Command, info: CommandInfo): void {
  const { name } = command;
  const [ours, servers] = [factsOf(command), serverFactsOf(info)];
  for (const field of ["arity", "access", "blocks", "movable", "triple"] as const) {
    if (field === "triple" && ours.movable) continue;
    if (NAMED_DIFFERENCES.some((known) => known.field === field && known.names.test(name))) continue;
    assertEquals(ours[field], servers[field], `${name}: ${field}`);
  }
}

testWithKinds(
  "redis commands: the table has every command of the server, as the server has it",
  async ({ redis: options, lacks }) => {
    await using redis = await startRedis(options);
    using client = await redis.connect();
    const infos = await commandInfos(client);
    assert(infos.length >= 240);
    const seen = new Set<string>();
    for (const info of infos) {
      const command = COMMANDS.find(({ name }) => name === info[0].toUpperCase());
      assert(command !== undefined, `${info[0]} is in the table`);
      assertSame(command, info);
      seen.add(command.name);
      for (const sub of info[SUBCOMMANDS_AT] as readonly CommandInfo[]) {
        const row = COMMANDS.find(({ name }) => name === sub[0].toUpperCase());
        if (row !== undefined) assertSame(row, sub);
        // A subcommand without a row is treated as its command, which would overlook its keys.
        else assertEquals(sub[3], 0, `${sub[0]} has keys and a row`);
        seen.add(sub[0].toUpperCase());
      }
    }
    for (const { name } of COMMANDS) assertEquals(seen.has(name), !lacks.has(name), `the server has ${name}`);
  },
);

const list = new KeyList();

/** The keys that the table finds, or null with what is wrong. */
function keysOf(words: readonly string[]): string[] | null {
  const { argc, args, bytes, base } = lay(words);
  const status = findKeys(resolveCommand(argc, args, bytes, base), argc, args, bytes, base, list);
  return status === KeyStatus.OK ? [...list.indexes.subarray(0, list.count)].map((i) => words[i]) : null;
}

async function serverKeys(client: WireClient, words: readonly string[]): Promise<ReplyValue> {
  const reply = await client.command("COMMAND", "GETKEYS", ...words);
  const isKeyless = reply instanceof ReplyError && reply.text === "ERR The command has no key arguments";
  return isKeyless ? [] : reply;
}

testWithKinds(
  "redis commands: keys at fixed places are found where the server finds them",
  async ({ redis: options }) => {
    await using redis = await startRedis(options);
    using client = await redis.connect();
    for (const info of await commandInfos(client)) {
      const known = [info, ...info[SUBCOMMANDS_AT] as readonly CommandInfo[]];
      for (const [name, arity, , first, , , , , specs] of known) {
        const command = COMMANDS.find((other) => other.name === name.toUpperCase());
        if (command === undefined || !hasTriple(command) || first === 0) continue;
        // The channels of SPUBLISH and its kin are placed like keys, but the server does not call them keys.
        if (JSON.stringify(specs).includes("not_key")) continue;
        const argcMin = Math.max(Math.abs(arity), Math.abs(command.arity));
        for (let argc = argcMin; argc <= (arity < 0 ? argcMin + 4 : argcMin); argc++) {
          const words = name.split("|");
          while (words.length < argc) words.push(`k${words.length}`);
          const keys = keysOf(words);
          // The server runs PFMERGE with a destination alone, yet its GETKEYS refuses it.
          if (name === "pfmerge" && argc === 2) assertEquals(keys, ["k1"]);
          // The server's GETKEYS does not mind a key without its value.
          else if (keys === null) {
            assert(command.step > 1 && (argc - first) % command.step !== 0, words.join(" "));
          } else assertEquals(await serverKeys(client, words), keys, words.join(" "));
        }
      }
    }
  },
);

const movable = [
  "EVAL s 0",
  "EVAL s 1 a b",
  "EVAL s 3 a b c d",
  "EVAL_RO s 1 a",
  "EVAL_RO s 2 a b c",
  "EVAL_RO s 0 a",
  "EVALSHA s 1 a",
  "EVALSHA s 2 a b c",
  "EVALSHA s 0 c",
  "EVALSHA_RO s 1 a",
  "EVALSHA_RO s 2 a b c",
  "EVALSHA_RO s 0 c",
  "FCALL f 1 a",
  "FCALL f 2 a b c",
  "FCALL f 0 a",
  "FCALL_RO f 1 a",
  "FCALL_RO f 2 a b c",
  "FCALL_RO f 0 a",
  "SINTERCARD 1 a",
  "SINTERCARD 2 a b LIMIT 3",
  "SINTERCARD 3 a b c",
  "ZINTERCARD 1 a",
  "ZINTERCARD 2 a b LIMIT 3",
  "ZINTERCARD 3 a b c",
  "ZUNION 1 a",
  "ZUNION 2 a b WEIGHTS 1 2",
  "ZUNION 3 a b c WITHSCORES",
  "ZINTER 1 a",
  "ZINTER 2 a b AGGREGATE MAX",
  "ZINTER 3 a b c WITHSCORES",
  "ZDIFF 1 a",
  "ZDIFF 2 a b",
  "ZDIFF 3 a b c WITHSCORES",
  "ZUNIONSTORE d 1 a",
  "ZUNIONSTORE d 2 a b WEIGHTS 1 2",
  "ZUNIONSTORE d 3 a b c",
  "ZINTERSTORE d 1 a",
  "ZINTERSTORE d 2 a b AGGREGATE SUM",
  "ZINTERSTORE d 3 a b c",
  "ZDIFFSTORE d 1 a",
  "ZDIFFSTORE d 2 a b",
  "ZDIFFSTORE d 3 a b c",
  "LMPOP 1 a LEFT",
  "LMPOP 2 a b RIGHT COUNT 2",
  "LMPOP 3 a b c LEFT",
  "ZMPOP 1 a MIN",
  "ZMPOP 2 a b MAX COUNT 2",
  "ZMPOP 3 a b c MIN",
  "BLMPOP 0 1 a LEFT",
  "BLMPOP 0 2 a b RIGHT COUNT 2",
  "BLMPOP 0 3 a b c LEFT",
  "BZMPOP 0 1 a MIN",
  "BZMPOP 0 2 a b MAX COUNT 2",
  "BZMPOP 0 3 a b c MIN",
  "XREAD STREAMS a 0",
  "XREAD COUNT 2 STREAMS a b 0 0",
  "XREAD COUNT 2 BLOCK 5 streams a b c 0 0 $",
  "XREADGROUP GROUP g c STREAMS a >",
  "XREADGROUP GROUP streams c NOACK STREAMS a b > >",
  "XREADGROUP GROUP g streams COUNT 2 BLOCK 5 STREAMS a b c > > >",
  "SORT a",
  "SORT a BY w STORE d",
  "SORT a BY store GET store LIMIT 0 1 ASC STORE d",
  "SORT a store d ALPHA",
  "SORT_RO a",
  "SORT_RO a BY w GET g",
  "SORT_RO a LIMIT 0 1",
  "GEORADIUS a 1 2 3 m",
  "GEORADIUS a 1 2 3 m COUNT 2 ANY STORE d",
  "GEORADIUS a 1 2 3 m STOREDIST d ASC",
  "GEORADIUS a 1 2 3 m STORE d STOREDIST e",
  "GEORADIUSBYMEMBER a m 3 km",
  "GEORADIUSBYMEMBER a store 3 km STORE d",
  "GEORADIUSBYMEMBER a m 3 km COUNT 2 STOREDIST d",
  "MIGRATE h 1 a 0 5",
  "MIGRATE h 1 a 0 5 COPY REPLACE",
  "MIGRATE h 1  0 5 KEYS a b c",
  "MIGRATE h 1  0 5 AUTH keys KEYS a",
];

testWithKinds(
  "redis commands: movable keys are found where the server finds them",
  async ({ redis: options }) => {
    await using redis = await startRedis(options);
    using client = await redis.connect();
    const seen = new Map<string, number>();
    for (const line of movable) {
      const words = line.split(" ");
      assertEquals(keysOf(words), await serverKeys(client, words), line);
      seen.set(words[0], (seen.get(words[0]) ?? 0) + 1);
    }
    for (const [name, , flags] of await commandInfos(client)) {
      if (flags.includes("movablekeys")) assert((seen.get(name.toUpperCase()) ?? 0) >= 3, `${name} is tried`);
    }
  },
);

const faulty = [
  "MGET",
  "mset a",
  "MSET a 1 b",
  "MSETNX a 1 b",
  "get",
  "Get a b",
  "OBJECT",
  "OBJECT ENCODING",
  "object foo",
  "OBJECT foo a b",
  "XGROUP CREATE a",
  "XINFO nonsense",
  "MEMORY USAGE",
  "EVAL s x",
  "EVAL s 01 a",
  "EVAL s +1 a",
  "EVAL s 9223372036854775808 a",
  "EVAL s 2 a",
  "EVAL s -1",
  "EVAL_RO s -1 a",
  "FCALL f x",
  "FCALL f 2 a",
  "FCALL f -1",
  "SINTERCARD 0 a",
  "SINTERCARD x a",
  "SINTERCARD 2 a",
  "ZINTERCARD 0 a",
  "ZINTERCARD x a",
  "ZINTERCARD 2 a",
  "ZUNION 0 a",
  "ZUNION -1 a",
  "ZUNION x a",
  "ZUNION 2 a",
  "ZDIFF 0 a",
  "ZINTER 3 a",
  "ZUNIONSTORE d 0 a",
  "ZUNIONSTORE d x a",
  "ZDIFFSTORE d 2 a",
  "LMPOP 0 a LEFT",
  "LMPOP x a LEFT",
  "LMPOP 5 a LEFT",
  "ZMPOP 0 a MIN",
  "ZMPOP 5 a MIN",
  "BLMPOP 0 0 a LEFT",
  "BZMPOP 0 x a MIN",
  "XREAD COUNT 1 STREAMS",
  "XREAD COUNT 1 STREAMS a",
  "XREAD COUNT 1 a b",
  "XREADGROUP GROUP g c STREAMS a b 0",
  "NONSENSE",
];

/** What the proxy answers, or null if it would send the request on. */
function proxyReply(words: readonly (string | Uint8Array)[]): Uint8Array<ArrayBuffer> | null {
  const { argc, args, bytes, base } = lay(words);
  const command = resolveCommand(argc, args, bytes, base);
  if (command.row.support === "unknown" || command.index === COMMANDS.length) {
    return unknownCommandReply(bytes, base, args, argc);
  }
  const status = findKeys(command, argc, args, bytes, base, list);
  return status === KeyStatus.OK ? null : keyFaultReply(status, command);
}

async function assertSameReply(client: WireClient, words: readonly (string | Uint8Array)[]): Promise<void> {
  const request = resp(...words);
  await client.send(request);
  const { bytes } = await client.readReply();
  const reply = proxyReply(words);
  const newer = reply === null ? null : /^-ERR Unbalanced/.exec(new TextDecoder().decode(reply))?.[0];
  // The rest of this error is in other words with every redis: the table has those of 7.0.
  if (newer) return assertEquals(new TextDecoder().decode(bytes).slice(0, newer.length), newer);
  assertEquals(reply === null ? "sent on" : showBytes(reply), showBytes(bytes), showBytes(request));
  assertEquals(reply, bytes, showBytes(request));
}

testWithKinds(
  "redis commands: faulty requests are answered in the server's words",
  async ({ redis: options }) => {
    await using redis = await startRedis(options);
    using client = await redis.connect();
    await client.command(
      "FUNCTION",
      "LOAD",
      "#!lua name=l\nredis.register_function('f', function() return 1 end)",
    );
    for (const line of faulty) await assertSameReply(client, line.split(" "));
  },
);

testWithKinds(
  "redis commands: unknown commands are answered byte for byte as by the server",
  async ({ redis: options }) => {
    await using redis = await startRedis(options);
    using client = await redis.connect();
    await runSeeded(chooseSeed(), async (random) => {
      for (const length of [124, 125, 126, 127, 128, 129, 200]) {
        await assertSameReply(client, ["FOO", "a".repeat(length), "bb"]);
        await assertSameReply(client, ["F".repeat(length), "", "b\r\nc"]);
        await assertSameReply(client, ["OBJECT", "f".repeat(length)]);
      }
      for (let round = 0; round < 500; round++) {
        const name = random.bytes(random.pick([0, 1, 10, 130]));
        const words = random.chance(0.2)
          ? ["OBJECT", new Uint8Array([0x7a, ...name])]
          : [new Uint8Array([0x7a, ...name])];
        for (let i = random.int(8); i > 0; i--) words.push(random.bytes(random.pick([0, 1, 5, 40, 130])));
        await assertSameReply(client, words);
      }
    });
  },
);
