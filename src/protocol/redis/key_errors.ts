/**
 * What the proxy answers, in redis' own words, to a request that it cannot send anywhere.
 *
 * @module
 */

import { concat, CR, encode, LF, SPACE } from "../../base/ascii.ts";
import { type Command, COMMANDS } from "./command.ts";
import { lookupCommand } from "./command_lookup.ts";
import { KeyStatus } from "./key_status.ts";
import { SYNTAX } from "./replies.ts";
import type { RespRequest } from "./resp_request.ts";

type Reply = Uint8Array<ArrayBuffer>;

const wrongArityReplies: readonly Reply[] = COMMANDS.map((command) => wrongArity(command));
const refusals: readonly Reply[] = COMMANDS.map(({ name, row }) =>
  encode(`-ERR command '${name}' is not supported by this proxy${row.reason ? `: ${row.reason}` : ""}\r\n`)
);

const NOT_AN_INTEGER = encode("-ERR value is not an integer or out of range\r\n");
const BAD_NUMKEYS = encode("-ERR Bad number of keys provided\r\n");
const NEGATIVE_NUMKEYS = encode("-ERR Number of keys can't be negative\r\n");
const NUMKEYS_NOT_POSITIVE = encode("-ERR numkeys should be greater than 0\r\n");
const TOO_MANY_NUMKEYS = encode("-ERR Number of keys can't be greater than number of args\r\n");
const UNBALANCED_STREAMS = encode(
  "-ERR Unbalanced XREAD list of streams: for each stream key an ID or '$' must be specified.\r\n",
);

function wrongArity(command: Command): Reply {
  return encode(`-ERR wrong number of arguments for '${command.name.toLowerCase()}' command\r\n`);
}

/**
 * Answers a request whose keys cannot be found, as redis 7.0.15 does.
 *
 * @param status What `findKeys` returned; anything but OK.
 * @param command The command of the request.
 * @returns An error reply.
 */
export function keyFaultReply(status: KeyStatus, command: Command): Uint8Array<ArrayBuffer> {
  switch (status) {
    case KeyStatus.NOT_AN_INTEGER:
      return NOT_AN_INTEGER;
    case KeyStatus.BAD_NUMKEYS:
      return BAD_NUMKEYS;
    case KeyStatus.NEGATIVE_NUMKEYS:
      return NEGATIVE_NUMKEYS;
    case KeyStatus.NUMKEYS_NOT_POSITIVE:
      return NUMKEYS_NOT_POSITIVE;
    case KeyStatus.NO_INPUT_KEY:
      return encode(`-ERR at least 1 input key is needed for '${command.name.toLowerCase()}' command\r\n`);
    case KeyStatus.TOO_MANY_NUMKEYS:
      return TOO_MANY_NUMKEYS;
    case KeyStatus.UNBALANCED_STREAMS:
      return UNBALANCED_STREAMS;
    case KeyStatus.WRONG_ARITY:
      return wrongArityReplies[command.index] ?? wrongArity(command);
    default:
      return SYNTAX;
  }
}

/**
 * Answers a command that the proxy does not take, or not with the option BLOCK.
 *
 * @param command The command.
 * @returns An error reply with the reason that the table gives.
 */
export function refusedReply(command: Command): Uint8Array<ArrayBuffer> {
  return command.row.denied ? deniedReply(command) : refusals[command.index];
}

/** Answers a command that the configuration of the pool denies. */
function deniedReply({ name }: Command): Reply {
  return encode(`-NOPERM The configuration of this proxy denies the '${name.toLowerCase()}' command\r\n`);
}

/**
 * Answers a command that would empty all servers, where the pool does not allow it.
 *
 * @param command The command.
 * @returns An error reply.
 */
export function dangerousReply(command: Command): Uint8Array<ArrayBuffer> {
  return encode(`-ERR command '${command.name}' is refused: the pool does not set 'allow_dangerous'\r\n`);
}

/**
 * The last words to a client that breaks the framing.
 *
 * @param request What it sent, and what is wrong with that.
 * @returns An error reply.
 */
export function protocolErrorReply({ fault, faultByte }: RespRequest): Uint8Array<ArrayBuffer> {
  if (fault !== "expected '$'") return encode(`-ERR Protocol error: ${fault}\r\n`);
  const got = faultByte === CR || faultByte === LF ? SPACE : faultByte;
  return concat([encode(`-ERR Protocol error: ${fault}, got '`), Uint8Array.of(got), encode("'\r\n")]);
}

/** Redis shows so many bytes of a command's name, and about as many of its arguments. */
const SHOWN_BYTES_MAX = 128;

/** Bytes that are written one after another into an array that is large enough. */
class ReplyWriter {
  readonly bytes: Reply;
  length = 0;

  constructor(bytesMax: number) {
    this.bytes = new Uint8Array(bytesMax);
  }

  text(text: string): void {
    const bytes = encode(text);
    this.bytes.set(bytes, this.length);
    this.length += bytes.length;
  }

  /**
   * Writes a peer's bytes up to the first zero, as C prints a string; a line end would end the reply, so it
   * becomes a space.
   */
  foreign(bytes: Uint8Array, start: number, end: number): void {
    for (let i = start; i < end && bytes[i] !== 0; i++) {
      this.bytes[this.length++] = bytes[i] === CR || bytes[i] === LF ? SPACE : bytes[i];
    }
  }
}

/** Enough for the words of the longest reply around what is shown of a request. */
const WORDS_BYTES_MAX = 128;

/**
 * Answers a command that nobody knows, byte for byte as redis 7.0.15 does: at most 128 bytes of the name,
 * arguments until there are 128 bytes of them, line ends as spaces. A subcommand that its command does not
 * have is answered so, too.
 *
 * @param bytes The array that holds the request.
 * @param base What the offsets are relative to.
 * @param args Start and end of argument i at `2 * i` and `2 * i + 1`, relative to `base`.
 * @param argc How many arguments there are, the name included.
 * @returns An error reply.
 */
export function unknownCommandReply(
  bytes: Uint8Array,
  base: number,
  args: Int32Array,
  argc: number,
): Uint8Array<ArrayBuffer> {
  const command = lookupCommand(bytes, base + args[0], base + args[1]);
  if (command !== null && command.subcommands !== null) {
    if (argc < 2) return keyFaultReply(KeyStatus.WRONG_ARITY, command);
    return unknownSubcommand(command, bytes, base + args[2], base + args[3]);
  }
  const writer = new ReplyWriter(2 * SHOWN_BYTES_MAX + WORDS_BYTES_MAX);
  writer.text("-ERR unknown command '");
  const nameStart = base + args[0];
  writer.foreign(bytes, nameStart, Math.min(base + args[1], nameStart + SHOWN_BYTES_MAX));
  writer.text("', with args beginning with: ");
  const argsStart = writer.length;
  for (let i = 1; i < argc && writer.length - argsStart < SHOWN_BYTES_MAX; i++) {
    const left = SHOWN_BYTES_MAX - (writer.length - argsStart);
    const start = base + args[2 * i];
    writer.text("'");
    writer.foreign(bytes, start, Math.min(base + args[2 * i + 1], start + left));
    writer.text("' ");
  }
  writer.text("\r\n");
  return writer.bytes.slice(0, writer.length);
}

function unknownSubcommand(container: Command, bytes: Uint8Array, start: number, end: number): Reply {
  const writer = new ReplyWriter(SHOWN_BYTES_MAX + WORDS_BYTES_MAX);
  writer.text("-ERR unknown subcommand '");
  writer.foreign(bytes, start, Math.min(end, start + SHOWN_BYTES_MAX));
  writer.text(`'. Try ${container.name} HELP.\r\n`);
  return writer.bytes.slice(0, writer.length);
}
