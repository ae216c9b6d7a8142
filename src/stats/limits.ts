/**
 * How much, and how long, the statistics' clients may take.
 *
 * @module
 */

/**
 * Connections at once; beyond it a new one takes the place of the one on which nothing has happened for the longest time, if that
 * is {@link QUIET_MS}, or waits. A page of a browser takes 6, a collector 1. One that is relayed holds three descriptors.
 */
export const CONNECTIONS_MAX = 128;

/**
 * Milliseconds after which a connection on which nothing happens gives its place to another. Clients that keep connections
 * open, or do not take their answers, are not to keep a load balancer from asking whether the proxy is ready.
 */
export const QUIET_MS = 1000;

/**
 * Milliseconds in which a client must have said something, or it is a collector that expects JSON without asking. A client
 * of HTTP sends its request together with the last packet of the handshake, however far away it is, unless its
 * machine is so busy that it does not come to it at once; what a collector waits in vain stays below what a person notices.
 */
export const FIRST_BYTES_MS = 200;

/** The same where a browser loads the page: it would show nothing if one of its connections got JSON. */
export const FIRST_BYTES_BROWSER_MS = 2000;

/** Milliseconds that a browser may take to load the page's other files, on a slow line. */
export const PAGE_LOAD_MS = 10_000;

/** How many browsers may load the page at once; the patience with others is the usual one. */
export const BROWSERS_MAX = 64;

/** Bytes that are read or relayed at a time: the head of every usual request, and a pipe's worth of a response. */
export const CHUNK_BYTES = 16 * 1024;

/** Milliseconds in which a request must be complete, from its first byte on, however slowly the rest drips in. */
export const REQUEST_MS = 10_000;

/**
 * Milliseconds in which a response must begin once the client has ended its side. Ours begin at once; a client that has left
 * in the middle of its request holds its place no longer than this.
 */
export const LAST_RESPONSE_MS = 3000;

/** Milliseconds without a byte in either direction: longer than the usual 15 to 30 s between two scrapes. */
export const IDLE_MS = 60_000;

/** Milliseconds in which a client must take the bytes of the JSON line. */
export const ANSWER_MS = 10_000;

/**
 * Milliseconds that a connection is kept after the last byte of one side, for the other side to end as well. A close that
 * finds unread bytes would reset the connection and could take the answer from the client.
 */
export const LINGER_MS = 1000;

/** Milliseconds until accepting is tried again after it failed, such as for want of descriptors. */
export const ACCEPT_RETRY_MS = 100;

/** Characters of a long answer that are made in one go: a millisecond's work. */
export const PIECE_CHARS = 128 * 1024;
