/**
 * Replies that the proxy gives itself, in memcached's words where it has some; built once.
 *
 * @module
 */

import { encode } from "../../base/ascii.ts";

/** What memcached says to a verb that it does not know. */
export const ERROR: Uint8Array<ArrayBuffer> = encode("ERROR\r\n");
/** What memcached says to arguments that it does not understand, and to a key that is too long. */
export const BAD_LINE: Uint8Array<ArrayBuffer> = encode("CLIENT_ERROR bad command line format\r\n");
/** What memcached says to a value without a line end behind it. */
export const BAD_DATA: Uint8Array<ArrayBuffer> = encode("CLIENT_ERROR bad data chunk\r\n");
/** Said to a line that no server would take; memcached closes without a word. */
export const LINE_TOO_LONG: Uint8Array<ArrayBuffer> = encode("CLIENT_ERROR line too long\r\n");
/** What memcached says to a value beyond its limit. */
export const TOO_LARGE: Uint8Array<ArrayBuffer> = encode("SERVER_ERROR object too large for cache\r\n");
/** The answer to `flush_all` where the pool does not allow it. */
export const FLUSH_REFUSED: Uint8Array<ArrayBuffer> = encode(
  "SERVER_ERROR flush_all is refused: the pool does not set 'allow_dangerous'\r\n",
);
/** What memcached says to a delay of `flush_all` that is no number. */
export const BAD_DELAY: Uint8Array<ArrayBuffer> = encode("CLIENT_ERROR invalid exptime argument\r\n");
/** The reply to `verbosity`. */
export const OK: Uint8Array<ArrayBuffer> = encode("OK\r\n");
/** The end of a list of items. */
export const END: Uint8Array<ArrayBuffer> = encode("END\r\n");
/** Said when the replies to fragments cannot be made one; twemproxy's text. */
export const UNEXPECTED: Uint8Array<ArrayBuffer> = encode("SERVER_ERROR Invalid argument\r\n");
/** Said for keys that would have to be on one server and are not; no memcached request needs that. */
export const CROSS_SERVER: Uint8Array<ArrayBuffer> = encode("SERVER_ERROR Keys are on different servers\r\n");
/** What a meta command says of an item that is not there. */
export const META_MISS: Uint8Array<ArrayBuffer> = encode("EN\r\n");
/** The reply to the meta command `mn`. */
export const META_NOOP_DONE: Uint8Array<ArrayBuffer> = encode("MN\r\n");
/** The reply to a login in the text protocol, as if it were any `set`. */
export const STORED: Uint8Array<ArrayBuffer> = encode("STORED\r\n");
/** Said to whom the servers do not understand: they ask for SASL, with which memcached speaks only the binary protocol. */
export const ONLY_BINARY: Uint8Array<ArrayBuffer> = encode(
  "SERVER_ERROR the servers of this pool speak only the binary protocol\r\n",
);
/** Said to a user who may not ask for that. */
export const NO_PERMISSION: Uint8Array<ArrayBuffer> = encode("CLIENT_ERROR permission denied\r\n");
