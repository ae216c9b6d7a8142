/**
 * From the lines of a memcached client to what the proxy does with them: the text protocol and the meta commands.
 *
 * What a server might see end elsewhere than we do is never forwarded. Where memcached would take the value
 * behind a refused line for the next command, it is swallowed here.
 *
 * A quiet meta command is sent without its flag `q`, so that it has a reply; {@link isHiddenMeta} decides by the reply
 * whether the client is told. A key in base64 chooses its server by what it means, so that all encodings find the same
 * one: it stands behind the request in a buffer of the decoder.
 *
 * @module
 */

import { CR, encode, LF } from "../../base/ascii.ts";
import {
  ACCESS_OTHER,
  ACCESS_READ,
  ACCESS_WRITE,
  type Action,
  ANSWER,
  BAD,
  DONE,
  FORWARD,
  FORWARD_ALL,
  FORWARD_ANY,
  FORWARD_JOINABLE,
  GATHER,
  IGNORE,
  MORE,
  type RequestAccess,
  type RequestDecoder,
  SPLIT,
  type Status,
} from "../contract.ts";
import { KEY_BYTES_MAX, SERVER_LINE_BYTES_MAX, VALUE_BYTES_MAX } from "./limits.ts";
import { MergeCode } from "./merge_code.ts";
import { GATHERED_STATISTICS } from "./merge_statistics.ts";
import { decodeBase64 } from "./meta/base64.ts";
import { debugsBase64Key, MetaFlags, takeFlags } from "./meta/flags.ts";
import { INT32, isNumber, readLength } from "./number.ts";
import {
  BAD_DATA,
  BAD_DELAY,
  BAD_LINE,
  END,
  ERROR,
  LINE_TOO_LONG,
  META_MISS,
  META_NOOP_DONE,
  OK,
  TOO_LARGE,
} from "./replies.ts";
import { parseLine, RequestLine } from "./request_line.ts";
import { type ReadStatistics, textStatistics } from "./statistics.ts";
import { makeTag, TagEncoding } from "./tag.ts";
import { Treatment, type Verb } from "./verb.ts";
import { lookupVerb } from "./verbs.ts";
import { isWord } from "./word_table.ts";

const NOTHING = new Uint8Array(0);
const LINE_END = encode("\r\n");
const NOREPLY = encode("noreply");
const HTTP = encode("HTTP/");
const GATHERED = GATHERED_STATISTICS.map((name) => encode(name));
/** The second letter of `mg`. */
const META_GET = "g".charCodeAt(0);
/** Room for this many keys is kept; more is given back after the request that needed it. */
const KEYS_KEPT = 1024;
/** A buffer for requests with keys in base64 is kept up to this length. */
const COPY_BYTES_KEPT = 16 * 1024;

/** The second letter of `mg`, the only meta command that only reads. */
const META_GET_LETTER = "g".charCodeAt(0);

/** {@link RequestDecoder} for memcached's text protocol and meta commands. */
export class LineRequestDecoder implements RequestDecoder {
  /** See {@link RequestDecoder.consumed}. */
  consumed = 0;
  /** See {@link RequestDecoder.action}. */
  action: Action = IGNORE;
  /** See {@link RequestDecoder.frame}. */
  frame: Uint8Array<ArrayBuffer> = NOTHING;
  /** See {@link RequestDecoder.frameStart}: leading spaces are left out, of which memcached takes only 100. */
  frameStart = 0;
  /** See {@link RequestDecoder.frameEnd}. */
  frameEnd = 0;
  /** See {@link RequestDecoder.keyCount}. */
  keyCount = 0;
  /** See {@link RequestDecoder.keys}. */
  keys: Int32Array = new Int32Array(32);
  /** See {@link RequestDecoder.units}: a space and a key each. */
  units: Int32Array = new Int32Array(32);
  /** See {@link RequestDecoder.dialect}. */
  readonly dialect = 0;
  /** See {@link RequestDecoder.tag}. */
  tag = 0;
  /** See {@link RequestDecoder.access}. */
  access: RequestAccess = ACCESS_OTHER;
  /** See {@link RequestDecoder.noReply}. */
  noReply = false;
  /** See {@link RequestDecoder.closing}. */
  closing = false;
  /** See {@link RequestDecoder.answer}. */
  answer: Uint8Array<ArrayBuffer> = NOTHING;
  /** See {@link RequestDecoder.fragmentTail}. */
  readonly fragmentTail: Uint8Array<ArrayBuffer> = LINE_END;
  /** See {@link RequestDecoder.merge}. */
  merge: MergeCode = MergeCode.ITEMS;
  readonly #line = new RequestLine();
  readonly #keyBytesMax: number;
  readonly #readStatistics: ReadStatistics;
  readonly #allowsFlush: boolean;
  #head: Uint8Array<ArrayBuffer> = NOTHING;
  /** What a server that has nothing would say to the request at hand; null if it does not only read. */
  #miss: Uint8Array<ArrayBuffer> | null = null;
  /** Whether it is a meta command; of these a server takes as many bytes as announced, whatever is wrong with them. */
  #isMeta = false;
  readonly #flags = new MetaFlags();
  /** The key of the request at hand, if that has it in base64. */
  readonly #key = new Uint8Array(KEY_BYTES_MAX);
  /** How many bytes that key has; 0 if the request has its key as it is. */
  #decodedKeyBytes = 0;
  /** The request with a key in base64, and behind it the decoded key. */
  #copy: Uint8Array<ArrayBuffer> = NOTHING;
  /** How many bytes the request at hand has with its value; 0 if it has none. */
  #announced = 0;
  /** Whether the beginning of the request at hand has left already. */
  #begun = false;
  /** Whether requests have been sent since the last `mn` that have no reply. */
  #hasUnanswered = false;
  /** Bytes of a refused value that are still to be swallowed. */
  #swallow = 0;

  /**
   * Makes the decoder for a new client.
   *
   * @param keyBytesMax How many bytes a key may have.
   * @param readStatistics Reads what is said to `stats`.
   * @param allowsFlush Whether the client may empty all servers.
   */
  constructor(keyBytesMax: number, readStatistics: ReadStatistics, allowsFlush: boolean) {
    this.#allowsFlush = allowsFlush;
    this.#keyBytesMax = keyBytesMax;
    this.#readStatistics = readStatistics;
  }

  /** See {@link RequestDecoder.decode}. */
  decode(bytes: Uint8Array<ArrayBuffer>, start: number, end: number): Status {
    const line = this.#line;
    if (end - start < this.#announced) return MORE;
    if (line.length === 0) {
      if (this.#swallow > 0) return this.#swallowData(end - start);
      let status = parseLine(line, bytes, start, end);
      if (status === DONE) status = this.#judge(bytes, start);
      else if (status === BAD) this.answer = LINE_TOO_LONG;
      if (status !== DONE) return status;
      if (end - start < this.#announced) return MORE;
    }
    return this.#finish(bytes, start);
  }

  /** See {@link RequestDecoder.begin}: a request with a value, if its reply will tell when the server is done with it. */
  begin(bytes: Uint8Array<ArrayBuffer>, start: number, end: number): boolean {
    if (this.#announced === 0 || this.noReply) return false;
    this.frame = bytes;
    this.frameStart = start + this.#line.words[0];
    this.frameEnd = end;
    if (this.#decodedKeyBytes > 0) this.#placeKey();
    this.#begun = true;
    return true;
  }

  /** See {@link RequestDecoder.letGo}. */
  letGo(arrived: number): number {
    this.#announced -= arrived;
    return arrived;
  }

  /** Whether no request has begun that is not done with. */
  get isBetween(): boolean {
    return this.#line.length === 0 && this.#line.position === 0 && this.#swallow === 0;
  }

  /** See {@link RequestDecoder.fragmentHead}: the verb, and for `gat` and `gats` the time. */
  fragmentHead(): Uint8Array<ArrayBuffer> {
    return this.#head;
  }

  /** See {@link RequestDecoder.missReply}: what is only read may be missing. */
  missReply(): Uint8Array<ArrayBuffer> | null {
    return this.#miss;
  }

  /** The whole request is here. */
  #finish(bytes: Uint8Array<ArrayBuffer>, start: number): Status {
    const line = this.#line;
    const length = this.#announced > 0 ? this.#announced : line.length;
    this.consumed = length;
    this.frame = bytes;
    this.frameStart = line.wordCount > 0 && !this.#begun ? start + line.words[0] : start;
    this.frameEnd = start + length;
    if (this.#begun) this.#begun = false;
    else if (this.#decodedKeyBytes > 0) this.#placeKey();
    else if (this.#announced > 0 && !this.#isMeta) this.#checkDataEnd(bytes);
    this.#announced = 0;
    line.reset();
    return DONE;
  }

  #checkDataEnd(bytes: Uint8Array): void {
    const end = this.frameEnd;
    if (bytes[end - 2] !== CR || bytes[end - 1] !== LF) this.#say(BAD_DATA, this.noReply);
  }

  /** Decides what becomes of a complete line, and how much follows it. */
  #judge(bytes: Uint8Array, start: number): Status {
    const { words, wordCount, length } = this.#line;
    this.#forget();
    const verb = wordCount === 0 ? null : lookupVerb(bytes, start + words[0], start + words[1]);
    if (verb === null) return this.#refuseUnknown(bytes, start);
    const { dataWord, treatment } = verb;
    if (wordCount < verb.wordsMin) return this.#say(verb.tooFew, false);
    if (wordCount > verb.wordsMax) return this.#say(verb.tooMany, false);
    const silent = this.#isSilent(verb, bytes, start);
    let dataBytes = 0;
    if (dataWord > 0) {
      const size = dataWord < wordCount
        ? readLength(VALUE_BYTES_MAX, bytes, start + words[2 * dataWord], start + words[2 * dataWord + 1])
        : -1;
      if (size > VALUE_BYTES_MAX) {
        this.answer = silent ? NOTHING : TOO_LARGE;
        return BAD;
      }
      if (size >= 0) dataBytes = size + LINE_END.length;
      else if (treatment !== Treatment.REFUSE) return this.#say(BAD_LINE, silent);
    }
    const fault = treatment === Treatment.REFUSE ? verb.refusal : this.#findFault(verb, bytes, start);
    if (fault !== null) {
      this.#swallow = dataBytes;
      return this.#say(fault, silent);
    }
    this.noReply = silent;
    if (silent) this.#hasUnanswered = true;
    if (dataBytes > 0) this.#announced = length + dataBytes;
    return this.#accept(verb, bytes, start);
  }

  #forget(): void {
    this.keyCount = 0;
    this.tag = 0;
    this.#isMeta = false;
    this.#miss = null;
    this.#decodedKeyBytes = 0;
    if (this.#copy.length > COPY_BYTES_KEPT) this.#copy = NOTHING;
    this.noReply = false;
    this.closing = false;
    if (this.keys.length > 2 * KEYS_KEPT) {
      this.keys = new Int32Array(32);
      this.units = new Int32Array(32);
    }
  }

  /** Whether the last word is `noreply`, and neither the verb nor its key. */
  #isSilent(verb: Verb, bytes: Uint8Array, start: number): boolean {
    const { words, wordCount } = this.#line;
    const last = wordCount - 1;
    return verb.silenceable && last > verb.keyWord &&
      isWord(NOREPLY, bytes, start + words[2 * last], start + words[2 * last + 1]);
  }

  /** What is wrong with a line that has the right number of words; null if nothing. */
  #findFault(verb: Verb, bytes: Uint8Array, start: number): Uint8Array<ArrayBuffer> | null {
    const { words, wordCount, hasControl, length } = this.#line;
    const { keyWord, numbers } = verb;
    if (hasControl) return BAD_LINE;
    if (keyWord > 0) {
      const keyWordEnd = verb.treatment === Treatment.SPLIT ? wordCount : keyWord + 1;
      for (let i = keyWord; i < keyWordEnd; i++) {
        if (words[2 * i + 1] - words[2 * i] > this.#keyBytesMax) return BAD_LINE;
      }
    }
    for (let i = 0; i < numbers.length; i++) {
      const { word, kind } = numbers[i];
      if (!isNumber(kind, bytes, start + words[2 * word], start + words[2 * word + 1])) return BAD_LINE;
    }
    return length - words[0] > SERVER_LINE_BYTES_MAX && !verb.longLine ? LINE_TOO_LONG : null;
  }

  #accept(verb: Verb, bytes: Uint8Array, start: number): Status {
    switch (verb.treatment) {
      case Treatment.FORWARD:
        this.access = ACCESS_WRITE;
        return this.#forward(verb.keyWord);
      case Treatment.SPLIT:
        this.#miss = END;
        this.access = ACCESS_READ;
        if (this.#line.wordCount === verb.keyWord + 1) {
          this.#forward(verb.keyWord);
          if (verb.joinable && this.#isPlain(bytes, start)) this.#join();
          return DONE;
        }
        return this.#split(verb, bytes, start);
      case Treatment.FORWARD_ANY:
        this.action = FORWARD_ANY;
        this.access = ACCESS_OTHER;
        return DONE;
      case Treatment.OK:
        return this.#say(OK, this.noReply);
      case Treatment.FLUSH:
        this.access = ACCESS_OTHER;
        return this.#flush(verb, bytes, start);
      case Treatment.STATISTICS:
        if (this.#line.wordCount > 1) return this.#gather(verb, bytes, start);
        return this.#say(textStatistics(this.#readStatistics()), false);
      case Treatment.META:
        this.access = verb.nameBytes[1] === META_GET_LETTER ? ACCESS_READ : ACCESS_WRITE;
        return this.#forwardMeta(verb, bytes, start);
      case Treatment.META_DEBUG:
        this.access = ACCESS_READ;
        if (debugsBase64Key(this.#line, bytes, start)) this.#decodeKey(bytes, start);
        return this.#forward(verb.keyWord);
      case Treatment.META_NOOP:
        return this.#barrier();
      default:
        this.closing = true;
        return this.#say(NOTHING, false);
    }
  }

  #forward(keyWord: number): Status {
    const { words } = this.#line;
    this.keys[0] = words[2 * keyWord] - words[0];
    this.keys[1] = words[2 * keyWord + 1] - words[0];
    this.keyCount = 1;
    this.action = FORWARD;
    return DONE;
  }

  /** Whether the line is nothing but two words, a space between them, and the line end. */
  #isPlain(bytes: Uint8Array, start: number): boolean {
    const { words, length } = this.#line;
    return words[2] - words[1] === 1 && length - words[3] === LINE_END.length &&
      bytes[start + words[3]] === CR;
  }

  /** Servers may be asked for the key together with others. */
  #join(): void {
    this.units[0] = this.keys[0] - 1;
    this.units[1] = this.keys[1];
    this.action = FORWARD_JOINABLE;
  }

  #flush(verb: Verb, bytes: Uint8Array, start: number): Status {
    const { words, wordCount } = this.#line;
    if (!this.#allowsFlush) return this.#say(verb.refusal, this.noReply);
    const hasDelay = wordCount > (this.noReply ? 2 : 1);
    if (hasDelay && !isNumber(INT32, bytes, start + words[2], start + words[3])) {
      return this.#say(BAD_DELAY, this.noReply);
    }
    this.merge = MergeCode.TEXT_OUTCOME;
    this.action = FORWARD_ALL;
    return DONE;
  }

  /**
   * Everything before `mn` has to be done. What has a reply is when `mn` has its turn; of what has none servers tell by
   * answering a request behind it.
   */
  #barrier(): Status {
    if (!this.#hasUnanswered) return this.#say(META_NOOP_DONE, false);
    this.#hasUnanswered = false;
    this.access = ACCESS_OTHER;
    this.merge = MergeCode.BARRIER;
    this.action = FORWARD_ALL;
    return DONE;
  }

  #gather(verb: Verb, bytes: Uint8Array, start: number): Status {
    const { words, wordCount } = this.#line;
    const isKnown = wordCount === 2 &&
      GATHERED.some((word) => isWord(word, bytes, start + words[2], start + words[3]));
    if (!isKnown) return this.#say(verb.refusal, false);
    this.access = ACCESS_OTHER;
    this.merge = MergeCode.TEXT_STATISTICS;
    this.action = GATHER;
    return DONE;
  }

  /** A key that is not base64 after all goes to some server as it is, which finds fault with it. */
  #forwardMeta(verb: Verb, bytes: Uint8Array, start: number): Status {
    const flags = this.#flags;
    this.#isMeta = true;
    takeFlags(flags, this.#line, Math.max(verb.keyWord, verb.dataWord) + 1, bytes, start);
    const letter = verb.nameBytes[1];
    if (flags.quiet) this.tag = makeTag(TagEncoding.QUIET_META, letter, 0);
    if (letter === META_GET && !flags.vivifies) {
      this.#miss = flags.quiet ? NOTHING : flags.echoes ? null : META_MISS;
    }
    if (flags.base64Key) this.#decodeKey(bytes, start);
    return this.#forward(verb.keyWord);
  }

  #decodeKey(bytes: Uint8Array, start: number): void {
    const { words } = this.#line;
    this.#decodedKeyBytes = decodeBase64(this.#key, bytes, start + words[2], start + words[3]);
  }

  /** Moves the request into a buffer of its own, where the key by which it finds its server can stand behind it. */
  #placeKey(): void {
    const length = this.frameEnd - this.frameStart;
    const keyEnd = length + this.#decodedKeyBytes;
    if (this.#copy.length < keyEnd) this.#copy = new Uint8Array(Math.max(keyEnd, 512));
    this.#copy.set(this.frame.subarray(this.frameStart, this.frameEnd));
    this.#copy.set(this.#key.subarray(0, this.#decodedKeyBytes), length);
    this.keys[0] = length;
    this.keys[1] = keyEnd;
    this.frame = this.#copy;
    this.frameStart = 0;
    this.frameEnd = length;
  }

  #split(verb: Verb, bytes: Uint8Array, start: number): Status {
    const { words, wordCount } = this.#line;
    const { keyWord } = verb;
    const count = wordCount - keyWord;
    if (this.keys.length < 2 * count) {
      this.keys = new Int32Array(2 * count);
      this.units = new Int32Array(2 * count);
    }
    const { keys, units } = this;
    const lead = words[0];
    for (let i = 0, from = 2 * keyWord; i < 2 * count; i += 2, from += 2) {
      keys[i] = words[from] - lead;
      keys[i + 1] = words[from + 1] - lead;
      units[i] = keys[i] - 1;
      units[i + 1] = keys[i + 1];
    }
    this.#head = keyWord === 1 ? verb.nameBytes : copy(bytes, start + lead, start + words[2 * keyWord - 1]);
    this.keyCount = count;
    this.merge = MergeCode.ITEMS;
    this.action = SPLIT;
    return DONE;
  }

  /** Like memcached, which closes on HTTP so that no web page can make a browser talk to it. */
  #refuseUnknown(bytes: Uint8Array, start: number): Status {
    const { words, wordCount } = this.#line;
    const last = 2 * (wordCount - 1);
    if (wordCount > 0 && words[last + 1] - words[last] >= HTTP.length) {
      const from = start + words[last];
      this.closing = isWord(HTTP, bytes, from, from + HTTP.length);
    }
    return this.#say(this.closing ? NOTHING : ERROR, false);
  }

  /** The answer to a refused value has been given already, so the value goes by as it comes. */
  #swallowData(arrived: number): Status {
    if (arrived === 0) return MORE;
    this.consumed = Math.min(this.#swallow, arrived);
    this.#swallow -= this.consumed;
    this.#forget();
    this.action = IGNORE;
    return DONE;
  }

  #say(reply: Uint8Array<ArrayBuffer>, silent: boolean): Status {
    this.answer = reply;
    this.action = silent ? IGNORE : ANSWER;
    this.keyCount = 0;
    return DONE;
  }
}

function copy(bytes: Uint8Array, start: number, end: number): Uint8Array<ArrayBuffer> {
  const bytesOfOwn = new Uint8Array(end - start);
  bytesOfOwn.set(bytes.subarray(start, end));
  return bytesOfOwn;
}
