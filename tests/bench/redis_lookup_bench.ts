import { encode } from "../../src/base/ascii.ts";
import { COMMANDS } from "../../src/protocol/redis/command.ts";
import { lookupCommand, resolveCommand } from "../../src/protocol/redis/command_lookup.ts";
import { findKeys, KeyList } from "../../src/protocol/redis/key_spec.ts";
import { lay } from "../unit/protocol/redis_arguments.ts";

const ROUNDS = 1000;
const list = new KeyList();
let sum = 0;

function benchLookup(name: string): void {
  const bytes = encode(name);
  Deno.bench(`${ROUNDS} lookups of ${name}`, () => {
    for (let i = 0; i < ROUNDS; i++) sum += lookupCommand(bytes, 0, bytes.length)?.arity ?? 0;
  });
}

function benchKeys(line: string): void {
  const { argc, args, bytes, base } = lay(line.split(" "));
  Deno.bench(`${ROUNDS} lookups and keys of ${line}`, () => {
    for (let i = 0; i < ROUNDS; i++) {
      const command = resolveCommand(argc, args, bytes, base);
      sum += findKeys(command, argc, args, bytes, base, list) + list.count;
    }
  });
}

for (const name of ["GET", "set", "ZREVRANGEBYSCORE", "NO.SUCH"]) benchLookup(name);

const names = COMMANDS.filter(({ name }) => !name.includes("|")).map(({ nameBytes }) => nameBytes);
Deno.bench(`one lookup of each of ${names.length} commands`, () => {
  for (const name of names) sum += lookupCommand(name, 0, name.length)?.arity ?? 0;
});

for (
  const line of [
    "GET key",
    "SET key value",
    "MGET a b c d",
    "ZUNIONSTORE d 2 a b",
    "XREAD COUNT 1 STREAMS a 0",
  ]
) {
  benchKeys(line);
}
