/**
 * Every limit of the data path, with its unit and its reason.
 *
 * @module
 */

import type { WindowLimits } from "../buffer/read_window.ts";

/** A waiting client's read buffer: small, because most of ten thousand clients only wait. */
export const CLIENT_WINDOW_BYTES_MIN = 256;
/** A busy client's read buffer, in mbufs: one read takes what a deep pipeline sends in one turn. */
export const CLIENT_WINDOW_MBUFS_MAX = 4;
/** A server connection's read buffer, in mbufs: many clients' replies arrive in one read. */
export const SERVER_WINDOW_MBUFS_MAX = 8;
/** A server connection that waits keeps at least this. */
export const SERVER_WINDOW_BYTES_MIN = 4096;

/** A request that is longer than this, in bytes, is passed on piece by piece where its protocol allows it. */
export const UPLOAD_BYTES_MIN = 1024 * 1024;
/** So many bytes of such a request may wait for its server before its client is no longer read. */
export const UPLOAD_BYTES_SOFT = 1024 * 1024;

/**
 * So many requests are joined to one at most: with 16 a memcached needs a seventh of the CPU of single ones, and who is
 * answered first waits for no more than these.
 */
export const JOINED_KEYS_MAX = 32;
/** How many bytes their keys have together. */
export const JOINED_BYTES_MAX = 1024;

/** From this size on a request or a part of a reply changes hands as a whole buffer; below, copying is cheaper. */
export const HANDOVER_BYTES_MIN = 8 * 1024;

/** A reply that is longer than this starts to leave before its end has arrived. */
export const REPLY_STREAM_BYTES_MIN = 16 * 1024;

/**
 * A client that has this many times its `client_output_buffer_limit` of replies to take gets no more of a long one
 * until it has taken some. What it had under way when it stopped reading fits in below this, unless single replies are
 * very long.
 */
export const CLIENT_OUTPUT_HARD_RATIO = 16;
/**
 * A long reply whose client takes it slowly is read from its server no faster than that. If other clients wait behind
 * it, the slow one is dropped after this many milliseconds in which nothing could be read for it.
 */
export const STALL_MS = 500;

/** A client may always have this many requests under way, however large its replies are. */
export const CLIENT_IN_FLIGHT_MIN = 8;
/**
 * The bytes of replies that one client's requests under way may bring by estimate. What it asks for beyond that
 * stays unread in the kernel until replies have left, which makes the client wait instead of the proxy's memory grow.
 */
export const CLIENT_REPLY_BYTES_ESTIMATE_MAX = 2 * 1024 * 1024;
/** What a reply of a client that has had none yet is taken to be long, in bytes: room for a pipeline of 64. */
export const REPLY_BYTES_GUESS = 32 * 1024;

/** How long a connection whose last words were sent is still read, so that the peer gets them and no reset. */
export const LINGER_MS = 1000;

/** How long a connection to a server may take to open if the pool has no timeout, in milliseconds. */
export const CONNECT_TIMEOUT_MS = 2000;
/** A server that could not be reached is tried again at once, then after this, doubled each time … */
export const RECONNECT_MIN_MS = 50;
/** … up to this: a server that comes back is not missed for longer. */
export const RECONNECT_MAX_MS = 1000;
/** Probes of an ejected server are at most this far apart, or its retry timeout if that is longer. */
export const PROBE_MAX_MS = 60_000;
/** A server that fails and is not ejected for it is probed after this, in milliseconds; later probes are further apart. */
export const CHECK_MIN_MS = 1000;
/** By how much the time between two probes is varied, so that many proxies do not probe in step. */
export const PROBE_JITTER = 0.1;
/**
 * Descriptors that are kept free of clients beside those of the servers: for connections that clients have to themselves,
 * host names, statistics and the log. Where clients have taken all that there are, no more than a quarter of them is
 * given up.
 */
export const DESCRIPTORS_RESERVED = 96;
/**
 * So many clients that are turned away may stay for a moment, to read why; each holds a descriptor. Further ones are told
 * and closed at once, as redis does: whoever has sent something already may then see a reset instead.
 */
export const TURNED_AWAY_MAX = 32;
/** After so long without a want of descriptors the clients' connections to servers have gone that took them. */
export const SHORTAGE_FORGET_MS = 2000;

/**
 * A connection that gets no further requests is closed with requests under way if its server has said nothing for this
 * long, in milliseconds: nobody reloads a configuration to keep waiting for a server that was taken out of it.
 */
export const RETIRED_SILENCE_MAX_MS = 60_000;
/** How long the clients of a pool that was taken out may take what they are owed, in milliseconds. */
export const POOL_DRAIN_MAX_MS = 60_000;
/**
 * Whoever asks all servers how they are is answered after this long without those that have not answered, in milliseconds:
 * clients ask so before they do anything else, and one server that hangs must not keep them from the others.
 */
export const GATHER_PATIENCE_MS = 1000;
/** So many connections that served one client each wait at a server for the next: what a burst of transactions reuses. */
export const IDLE_PRIVATE_MAX = 32;
/** How long each of them waits, in milliseconds: long enough for a busy pool, and no burden on a server for longer. */
export const IDLE_PRIVATE_MS = 30_000;
/** That clients are turned away, or refused private connections, is told no more often than this, in milliseconds. */
export const REFUSED_PERIOD_MS = 10_000;
/**
 * What a client may send behind a request that waits at its server, in bytes; who sends more is closed. It has to be read
 * on, because a client that leaves must be noticed, or what it waits for would be given to nobody.
 */
export const WAITING_PIPELINE_BYTES_MAX = 1024 * 1024;
/** How much of it is read at once, in bytes. */
export const WAITING_READ_BYTES = 4096;
/** How many slow requests are kept to look at. */
export const SLOW_REQUESTS_MAX = 128;
/** How many bytes of a key people are shown. */
export const KEY_BYTES_SHOWN = 64;

/** How often deadlines are looked at: a request fails at most this much after its time, in milliseconds. */
export const TICK_MS = 20;
/** A look at the deadlines that comes so long after the one before is late because the process stood still. */
export const TICK_LATE_MS = 60;
/** How often clients are looked at that do nothing, and spare buffers are given back, in milliseconds. */
export const SWEEP_MS = 1000;
/** How long accepting pauses when the process has no descriptor left, in milliseconds. */
export const ACCEPT_PAUSE_MS = 100;
/** The replies to a connection's greeting are short: AUTH, SELECT, PING; HELLO's, which lists modules, takes most. */
export const GREETING_BYTES_MAX = 4096;

/**
 * The sizes of a client's read buffer.
 *
 * @param mbufBytes The size of an mbuf.
 * @returns The limits of its window.
 */
export function clientWindow(mbufBytes: number): WindowLimits {
  return {
    bytesMin: Math.min(CLIENT_WINDOW_BYTES_MIN, mbufBytes),
    bytesMax: mbufBytes * CLIENT_WINDOW_MBUFS_MAX,
  };
}

/**
 * The sizes of a server connection's read buffer.
 *
 * @param mbufBytes The size of an mbuf.
 * @returns The limits of its window.
 */
export function serverWindow(mbufBytes: number): WindowLimits {
  return {
    bytesMin: Math.min(SERVER_WINDOW_BYTES_MIN, mbufBytes),
    bytesMax: mbufBytes * SERVER_WINDOW_MBUFS_MAX,
  };
}

/**
 * From so many reads of clients in one turn on, they are read in turns. The runtime completes 128 operations at a time;
 * connections to servers need some of them.
 */
export const PACER_READS_MIN = 96;
/** So many clients that were just served are read at a time then. Each read brings a write, and both count. */
export const PACER_HOT_MAX = 48;
/** After so many milliseconds, and at most twice as many, a client that may be read and says nothing makes room. */
export const PACER_AGE_MS = 8;
/** The runtime asks the kernel for events in every 61st of its rounds, if it never waits. */
export const PACER_IDLE_LOOKS = 64;
/** Where a round takes long, so many milliseconds without anything to read mean that there is nothing to do. */
export const PACER_IDLE_MS = 1;
/** So many clients are accepted before the event loop comes round to whoever is connected. */
export const ACCEPTS_IN_A_ROW_MAX = 16;

/** So many sweeps after the last client did something garbage is collected: soon, and when the pool has shrunk. */
export const COLLECT_AT_IDLE_SWEEPS: readonly number[] = [2, 6];
