/**
 * From a memcached client's bytes to what the proxy does with them, whatever it speaks.
 *
 * ```text
 *   first byte 0x80 ──▶ binary          anything else ──▶ lines: the verb tells meta commands from the text protocol
 * ```
 *
 * Like memcached, the proxy takes the first byte of a connection for all of it: were it asked again at every
 * message, a value that is taken for requests could begin with a binary one.
 *
 * @module
 */

import { encode } from "../../base/ascii.ts";
import type { Status } from "../contract.ts";
import { LastWordsDecoder } from "./answering_decoder.ts";
import { REQUEST_MAGIC } from "./binary/header.ts";
import { binaryReply, BinaryStatus } from "./binary/reply.ts";
import { BinaryRequestDecoder } from "./binary/request_decoder.ts";
import { DelegatingDecoder } from "./delegating_decoder.ts";
import { GuardedDecoder } from "./guarded_decoder.ts";
import { KEY_BYTES_MAX } from "./limits.ts";
import { LineRequestDecoder } from "./line_request_decoder.ts";
import { Login, memcacheSettingsOf, NO_AUTH, type SharedMemcacheSettings } from "./login.ts";
import { ONLY_BINARY } from "./replies.ts";
import type { ReadStatistics } from "./statistics.ts";
import { TextLoginDecoder } from "./text/login_decoder.ts";

const ONLY_TEXT = encode("the servers of this pool do not speak the binary protocol");

type BareDecoder = LineRequestDecoder | BinaryRequestDecoder | TextLoginDecoder | LastWordsDecoder;

/** {@link RequestDecoder} for all that memcached understands. */
export class MemcacheRequestDecoder extends DelegatingDecoder {
  readonly #keyBytesMax: number;
  readonly #readStatistics: ReadStatistics;
  readonly #allowsFlush: boolean;
  readonly #login: Login;
  /** Who decodes, behind the guard if the user needs one. */
  #bare: BareDecoder;
  /** Whether the client speaks the binary protocol; null while no byte of it has been looked at. */
  #isBinary: boolean | null = null;
  /** Whether another decoder may have to take the next request. */
  #unsettled = true;

  /**
   * Makes the decoder for a new client.
   *
   * @param keyBytesMax How many bytes a key may have.
   * @param readStatistics Reads what is said to clients that ask for statistics.
   * @param allowsFlush Whether the client may empty all servers.
   * @param settings What its pool asks of it; nothing unless given.
   * @param loginRefused Is called when the client gave a wrong user or password.
   */
  constructor(
    keyBytesMax: number = KEY_BYTES_MAX,
    readStatistics: ReadStatistics = () => [],
    allowsFlush = false,
    settings: SharedMemcacheSettings = { current: memcacheSettingsOf(NO_AUTH) },
    loginRefused: () => void = () => {},
  ) {
    const bare = new LineRequestDecoder(keyBytesMax, readStatistics, allowsFlush);
    super(bare);
    this.#bare = bare;
    this.#keyBytesMax = keyBytesMax;
    this.#readStatistics = readStatistics;
    this.#allowsFlush = allowsFlush;
    this.#login = new Login(settings);
    this.#login.refused = loginRefused;
    this.#login.changed = () => this.#unsettled = true;
  }

  /** See {@link RequestDecoder.decode}. */
  override decode(bytes: Uint8Array<ArrayBuffer>, start: number, end: number): Status {
    if (this.#unsettled && start < end) this.#settle(bytes[start]);
    return this.inner.decode(bytes, start, end);
  }

  /** Goes on with other settings of the pool. */
  adopt(): void {
    const bare = this.#bare;
    this.#login.adopt();
    if (bare instanceof BinaryRequestDecoder) bare.dialect = this.#login.settings.binaryDialect ?? 0;
  }

  /** Chooses who decodes from here on, if no request has begun that another one has to go on with. */
  #settle(firstByte: number): void {
    const bare = this.#bare;
    this.#isBinary ??= firstByte === REQUEST_MAGIC;
    if (!(bare instanceof TextLoginDecoder || bare instanceof LastWordsDecoder) && !bare.isBetween) return;
    this.#unsettled = false;
    this.#bare = this.#choose(this.#isBinary);
    const { user } = this.#login;
    this.inner = user?.isRestricted ? new GuardedDecoder(this.#bare, this.#login) : this.#bare;
  }

  /** By what the client and the servers speak, and whether the client has logged in. */
  #choose(isBinary: boolean): BareDecoder {
    const bare = this.#bare;
    const { settings, user } = this.#login;
    const isSpoken = (isBinary ? settings.binaryDialect : settings.textDialect) !== null;
    if (!isSpoken) return new LastWordsDecoder(isBinary ? noBinary() : ONLY_BINARY);
    if (isBinary) return bare instanceof BinaryRequestDecoder ? bare : this.#newBinaryDecoder();
    if (user === null) return bare instanceof TextLoginDecoder ? bare : new TextLoginDecoder(this.#login);
    return bare instanceof LineRequestDecoder
      ? bare
      : new LineRequestDecoder(this.#keyBytesMax, this.#readStatistics, this.#allowsFlush);
  }

  #newBinaryDecoder(): BinaryRequestDecoder {
    return new BinaryRequestDecoder(
      this.#keyBytesMax,
      this.#readStatistics,
      this.#allowsFlush,
      this.#login,
    );
  }
}

/** Said to a binary client of servers that do not understand it. */
function noBinary(): Uint8Array<ArrayBuffer> {
  return binaryReply(0, 0, BinaryStatus.UNKNOWN_COMMAND, ONLY_TEXT);
}
