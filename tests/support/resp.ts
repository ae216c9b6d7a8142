/**
 * RESP2 and RESP3 as a test writes and reads them: words in, trees of values out.
 *
 * @module
 */

/** An error that a server replied with, as a value. */
export class ReplyError {
  /** The text after the `-`, without the line end. */
  readonly text: string;

  /**
   * Makes an error value.
   *
   * @param text What follows the `-`.
   */
  constructor(text: string) {
    this.text = text;
  }
}

/** A RESP3 push, which is not the reply to a request. */
export class Push {
  /** Its items; the first one is the kind. */
  readonly items: ReplyValue[];

  /**
   * Makes a push value.
   *
   * @param items Its items.
   */
  constructor(items: ReplyValue[]) {
    this.items = items;
  }
}

/**
 * A decoded reply: simple, bulk and verbatim strings are text, integers and doubles numbers, big numbers
 * bigints, nulls of every kind null. Bytes that are no UTF-8 become U+FFFD; the reply's bytes keep them.
 */
export type ReplyValue =
  | string
  | number
  | bigint
  | boolean
  | null
  | ReplyError
  | Push
  | ReplyValue[]
  | Map<ReplyValue, ReplyValue>
  | Set<ReplyValue>;

/** Where a decoder takes a reply from. */
export interface ReplySource {
  /** Takes a line and gives it without its CR LF. */
  line(): string | Promise<string>;
  /** Takes exactly as many bytes; they are valid until the next call. */
  bytes(count: number): Uint8Array | Promise<Uint8Array>;
}

/** Thrown when a peer sends what is no RESP. */
export class RespError extends Error {
  /** The class's name, as it is printed. */
  override readonly name = "RespError";
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/**
 * Encodes a request as an array of bulk strings.
 *
 * @param words The command and its arguments; text is sent as UTF-8.
 * @returns Its bytes.
 */
export function resp(...words: readonly (string | number | Uint8Array)[]): Uint8Array<ArrayBuffer> {
  const parts: Uint8Array[] = [encoder.encode(`*${words.length}\r\n`)];
  for (const word of words) {
    const bytes = word instanceof Uint8Array ? word : encoder.encode(String(word));
    parts.push(encoder.encode(`$${bytes.length}\r\n`), bytes, encoder.encode("\r\n"));
  }
  return joinBytes(parts);
}

/**
 * Joins arrays of bytes.
 *
 * @param parts The arrays.
 * @returns One fresh array.
 */
export function joinBytes(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    joined.set(part, offset);
    offset += part.length;
  }
  return joined;
}

/**
 * Decodes one reply.
 *
 * @param source Where it comes from.
 * @returns Its value; attributes before it are taken and dropped.
 * @throws {RespError} If it is no RESP.
 */
export async function decodeReply(source: ReplySource): Promise<ReplyValue> {
  const line = await source.line();
  const rest = line.slice(1);
  switch (line[0]) {
    case "+":
      return rest;
    case "-":
      return new ReplyError(rest);
    case "_":
      return null;
    case "#":
      if (rest !== "t" && rest !== "f") throw new RespError(`not a RESP boolean: ${JSON.stringify(line)}`);
      return rest === "t";
    case ",":
      return decodeDouble(rest);
    case ":":
      return decodeInteger(line);
    case "(":
      return BigInt(rest);
    case "$":
    case "=":
    case "!":
      return await decodeBulk(line, source);
    default:
      return await decodeAggregate(line, source);
  }
}

async function decodeBulk(line: string, source: ReplySource): Promise<ReplyValue> {
  const length = decodeLength(line);
  if (length === -1) return null;
  const bytes = await source.bytes(length + 2);
  if (bytes[length] !== 0x0d || bytes[length + 1] !== 0x0a) {
    throw new RespError(`no line end after the ${length} bytes of ${JSON.stringify(line)}`);
  }
  const text = decoder.decode(bytes.subarray(0, length));
  if (line[0] === "!") return new ReplyError(text);
  // A verbatim string begins with its format: three characters and a colon.
  return line[0] === "=" ? text.slice(4) : text;
}

async function decodeAggregate(line: string, source: ReplySource): Promise<ReplyValue> {
  if (!"*~>%|".includes(line[0] || "?")) throw new RespError(`not RESP: ${JSON.stringify(line)}`);
  const length = decodeLength(line);
  if (length === -1) return null;
  const paired = line[0] === "%" || line[0] === "|";
  const items: ReplyValue[] = [];
  for (let i = paired ? length * 2 : length; i > 0; i--) items.push(await decodeReply(source));
  switch (line[0]) {
    case "~":
      return new Set(items);
    case ">":
      return new Push(items);
    case "%":
      return new Map(Array.from({ length }, (_, i) => [items[2 * i], items[2 * i + 1]]));
    case "|":
      return await decodeReply(source);
    default:
      return items;
  }
}

function decodeLength(line: string): number {
  const length = decodeInteger(line);
  if (typeof length === "bigint" || length < -1) throw new RespError(`not a length: ${JSON.stringify(line)}`);
  return length;
}

function decodeInteger(line: string): number | bigint {
  const text = line.slice(1);
  if (!/^[+-]?\d+$/.test(text)) throw new RespError(`not a RESP integer: ${JSON.stringify(line)}`);
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : BigInt(text);
}

function decodeDouble(text: string): number {
  if (text === "inf") return Infinity;
  if (text === "-inf") return -Infinity;
  return Number(text);
}
