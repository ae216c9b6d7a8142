/**
 * The limits of the memcached protocols.
 *
 * @module
 */

/** The longest key: memcached's `KEY_MAX_LENGTH`. */
export const KEY_BYTES_MAX = 250;
/** The longest value: what memcached's option `-I` allows at most, 1 GiB. Whether it fits is the server's to say. */
export const VALUE_BYTES_MAX = 1024 * 1024 * 1024;
/** The longest line a client may send: room for thousands of keys in one `get`. */
export const LINE_BYTES_MAX = 1024 * 1024;
/**
 * The longest line that is sent to a server, those of `get` and `gets` apart: memcached closes a connection
 * on which that many bytes have come without a line end (`try_read_command_ascii`).
 */
export const SERVER_LINE_BYTES_MAX = 2048;
/** The longest line of a server: a `VALUE` line takes 305 bytes at most, messages are shorter than this. */
export const REPLY_LINE_BYTES_MAX = 4096;
/**
 * How long the line of a login may be, and how long the name and the password behind it together: as many bytes as memcached
 * looks at before it closes (`try_read_command_asciiauth`).
 */
export const LOGIN_BYTES_MAX = 2048;
