/**
 * Random streams in memcached's encodings, with quiet requests mixed in.
 *
 * Nothing in them depends on the clock, nor on whether memcached changes a number where it is or in a new item, which
 * it does while a reply with the old one has not left: numbers never lose a digit, nobody asks for `h`, and what is
 * counted is never stale and has no key in base64.
 *
 * @module
 */

import { concat } from "../../src/base/ascii.ts";
import { binaryRequest, extrasOf, Op } from "../support/memcache_binary.ts";
import type { Random } from "../support/random.ts";

/** Keys as meta commands write them: some are base64 of others. */
const META_KEYS = ["abc", "YWJj b", "n", "bm8= b", "YQ== b", "a", "k".repeat(250), "!!! b", "YWI b", "\xe4"];
const GET_FLAGS = [
  "k",
  "s",
  "v",
  "f",
  "c",
  "u",
  "O1",
  "Oxyz",
  "N0",
  "R30",
  "T0",
  "t",
  "q",
  "q",
  "v",
  "k",
];
const SET_FLAGS = ["k", "c", "O2", "T0", "T-1", "F7", "q", "q", "C5", "MS", "ME", "MA", "MP", "MR", "I", "b"];
const DELETE_FLAGS = ["k", "O3", "q", "q", "C9", "I", "T0"];
const COUNT_FLAGS = ["k", "c", "v", "N0 J70000", "D3", "MI", "MD", "M+", "O4", "t", "T0"];
/** memcached tells the client of a quiet `ma` that it made the number, which its reply does not show. */
const QUIET_COUNT_FLAGS = ["k", "c", "v", "D3", "MI", "MD", "q", "q", "O4"];
/**
 * Flags that memcached got since 1.6.18, by the letter of their command. Not the E of `ma`: a number that is changed where it
 * is gets another CAS than one in a new item.
 */
const NEWER_FLAGS: Readonly<Record<string, readonly string[]>> = {
  g: ["E7", "N0 E8"],
  s: ["E5", "E18446744073709551615", "s", "N0 MA", "N9000 MA", "N0"],
  d: ["x", "x I", "E6", "x E6"],
};
/** Flags that are wrong, too long or there twice. */
const WRONG_FLAGS = ["!", "q", "qq", "b", "MZ", `O${"x".repeat(40)}`, "S5", "\xe9", "Nx", "noreply"];

/** Keys of numbers that are counted. */
const COUNTERS = ["n", "n", "!!! b", "none"];
/** Flags that can make an item stale or have it made anew. */
const STALE_FLAGS = /^[INR]/;

/** Keys of binary requests and the text protocol. */
const KEYS = ["abc", "n", "a", "b", "k".repeat(250), "missing"];

/**
 * Makes a stream of meta commands and text requests.
 *
 * @param random Where it comes from.
 * @param count How many requests.
 * @param newer Whether flags that came after 1.6.18 are among them.
 * @returns The stream; it ends with `mn`.
 */
export function lineStream(random: Random, count: number, newer = false): Uint8Array<ArrayBuffer> {
  let stream = "";
  for (let i = 0; i < count; i++) {
    if (!random.chance(0.8)) stream += textRequest(random);
    else {
      const command = metaCommand(random);
      stream += newer && random.chance(0.4) ? withNewerFlag(random, command) : command;
    }
  }
  return Uint8Array.from(stream + "mn\r\n", (c) => c.charCodeAt(0));
}

function metaCommand(random: Random): string {
  const end = random.pick(["\r\n", "\r\n", "\r\n", "\n", " \r\n"]);
  switch (random.int(9)) {
    case 0:
    case 1:
    case 2:
      return metaLine(random, "mg", META_KEYS, GET_FLAGS) + end;
    case 3:
    case 4:
    case 5:
      return metaSet(random, end);
    case 6:
      return metaLine(random, "md", META_KEYS, DELETE_FLAGS) + end;
    case 7:
      return metaLine(random, "ma", COUNTERS, random.pick([COUNT_FLAGS, QUIET_COUNT_FLAGS])) + end;
    default:
      return random.pick([
        "mn\r\n",
        "me nothing\r\n",
        "mg\r\n",
        "me\r\n",
        "ms a\r\n",
        "ms a x\r\n",
        "mx a\r\n",
        "mn q\r\n",
      ]);
  }
}

/** Puts a newer flag behind the last one of a command that has flags, if it has not got its letter. */
function withNewerFlag(random: Random, command: string): string {
  const end = command.search(/\s*?\r?\n/);
  const line = command.slice(0, end);
  const flag = random.pick(NEWER_FLAGS[line[1]] ?? [""]);
  const isNumber = /^m[gd] n( |$)/.test(line) && !flag.startsWith("E");
  const letters = flag.split(" ").map(([letter]) => letter);
  const taken = line.split(" ").slice(2).some(([letter]) => letters.includes(letter));
  const isWhole = /^m[gda] \S+( |$)|^ms \S+ \d/.test(line);
  return !isWhole || flag === "" || taken || isNumber ? command : `${line} ${flag}${command.slice(end)}`;
}

function metaLine(random: Random, verb: string, keys: readonly string[], from: readonly string[]): string {
  const key = random.pick(keys);
  const isCounter = verb !== "ma" && COUNTERS.includes(key);
  return `${verb} ${key}${flags(random, isCounter ? from.filter((flag) => !STALE_FLAGS.test(flag)) : from)}`;
}

function metaSet(random: Random, end: string): string {
  const [key, base64 = ""] = random.pick(META_KEYS).split(" ");
  const value = random.chance(0.3) ? number(random) : word(random, random.pick([0, 1, 5, 100, 3000]));
  const wrong = random.chance(0.03) ? "x" : "";
  const head = `ms ${key} ${value.length}${base64 && ` ${base64}`}${
    flags(random, key === "n" ? SET_FLAGS.filter((flag) => flag !== "I") : SET_FLAGS)
  }${end}`;
  return `${head}${value}${wrong}\r\n`;
}

/** A few flags, each once, seldom with a wrong one among them. */
function flags(random: Random, from: readonly string[]): string {
  const chosen = new Map<string, string>();
  for (let i = random.int(6); i > 0; i--) {
    const flag = random.pick(from);
    chosen.set(flag[0], flag);
  }
  const all = [...chosen.values()];
  const wrong = from === COUNT_FLAGS ? WRONG_FLAGS.filter((flag) => flag[0] !== "q") : WRONG_FLAGS;
  if (random.chance(0.05)) all.push(random.pick(wrong));
  return all.map((flag) => random.pick([" ", " ", "  "]) + flag).join("");
}

function textRequest(random: Random): string {
  const key = random.pick(KEYS);
  const quiet = random.chance(0.3) ? " noreply" : "";
  const verb = random.pick(["set", "add", "replace", "append", "prepend"]);
  const value = random.chance(0.5) ? number(random) : word(random, random.int(20));
  switch (random.int(7)) {
    case 0:
    case 1:
      return `${verb} ${key} 3 0 ${value.length}${quiet}\r\n${value}\r\n`;
    case 2:
      return `${random.pick(["incr", "decr"])} n ${random.int(9)}${quiet}\r\n`;
    case 3:
      return `delete ${key}${quiet}\r\n`;
    case 4:
      return `touch ${key} 0${quiet}\r\n`;
    case 5:
      return `gats 0 ${key}\r\n`;
    default:
      return `gets ${key} ${random.pick(KEYS)} missing\r\n`;
  }
}

/**
 * Makes a stream of binary requests.
 *
 * @param random Where it comes from.
 * @param count How many requests.
 * @returns The stream; it ends with a NOOP.
 */
export function binaryStream(random: Random, count: number): Uint8Array<ArrayBuffer> {
  const requests = Array.from({ length: count }, () => binary(random));
  return concat([...requests, binaryRequest(Op.NOOP, { opaque: random.int(2 ** 32) })]);
}

function binary(random: Random): Uint8Array<ArrayBuffer> {
  const opaque = random.pick([0, random.int(2 ** 32), 0xffffffff]);
  const cas = random.chance(0.8) ? 0n : BigInt(random.int(30));
  const key = random.pick(KEYS);
  const value = random.chance(0.4) ? number(random) : word(random, random.pick([0, 1, 9, 200, 5000]));
  switch (random.int(9)) {
    case 0:
    case 1:
      return binaryRequest(random.pick([Op.GET, Op.GETQ, Op.GETK, Op.GETKQ]), { opaque, key });
    case 2:
      return binaryRequest(random.pick([Op.GAT, Op.GATQ, Op.GATK, Op.GATKQ, Op.TOUCH]), {
        opaque,
        key,
        extras: extrasOf(0),
      });
    case 3:
    case 4: {
      const opcode = random.pick([Op.SET, Op.SETQ, Op.ADD, Op.ADDQ, Op.REPLACE, Op.REPLACEQ]);
      return binaryRequest(opcode, { opaque, cas, key, value, extras: extrasOf(random.int(99), 0) });
    }
    case 5: {
      const opcode = random.pick([Op.APPEND, Op.APPENDQ, Op.PREPEND, Op.PREPENDQ]);
      return binaryRequest(opcode, { opaque, cas, key, value: word(random, random.int(4)) });
    }
    case 6:
      return binaryRequest(random.pick([Op.DELETE, Op.DELETEQ]), { opaque, cas, key });
    case 7: {
      const opcode = random.pick([Op.INCREMENT, Op.INCREMENTQ, Op.DECREMENT, Op.DECREMENTQ]);
      const extras = extrasOf(0, random.int(9), 0, 70_000 + random.int(99), random.pick([0, 0xffffffff]));
      return binaryRequest(opcode, { opaque, cas, key, extras });
    }
    default:
      return binaryRequest(random.pick([Op.NOOP, Op.VERSION, Op.SASL_LIST, 0x40]), { opaque });
  }
}

/**
 * Takes all that has to do with CAS out of a stream of lines: several servers number their items differently than one.
 *
 * @param stream A stream; it is not changed.
 * @returns The same stream without the flags for CAS.
 */
export function linesWithoutCas(stream: Uint8Array): Uint8Array<ArrayBuffer> {
  const text = Array.from(stream, (byte) => String.fromCharCode(byte)).join("");
  const without = text.replace(/ (?:c|[CE]\d+)(?=[ \r\n])/g, "").replace(/\bg([ae])ts /g, "g$1t ");
  return Uint8Array.from(without, (c) => c.charCodeAt(0));
}

/**
 * Takes the CAS out of binary messages.
 *
 * @param messages Requests or replies; they are not changed.
 * @returns The same messages with CAS 0.
 */
export function binaryWithoutCas(messages: Uint8Array): Uint8Array<ArrayBuffer> {
  const copy = Uint8Array.from(messages);
  const view = new DataView(copy.buffer);
  for (let at = 0; at + 24 <= copy.length; at += 24 + view.getUint32(at + 8)) copy.fill(0, at + 16, at + 24);
  return copy;
}

function number(random: Random): string {
  return `${50_000 + random.int(9999)}`;
}

/** Never a number, nor the beginning or the end of one. */
function word(random: Random, length: number): string {
  return random.text(length, "abcdefghijklmnopqrstuvwxyz");
}
