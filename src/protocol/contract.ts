/**
 * What the proxy and a protocol agree on.
 *
 * The proxy moves bytes, chooses servers and keeps order; it knows no protocol. A protocol knows where a
 * message ends, where its keys are and what to say; it knows no sockets. Decoders never throw for what a
 * peer sends, never wait and allocate nothing on the usual path: their results are fields that stay valid
 * until the next call of any decoder of that kind.
 *
 * @module
 */

import type { WriteQueue } from "../buffer/write_queue.ts";
import type { ClientFacts, PoolFacts, ServerFacts, ServerRelease } from "./facts.ts";
import type { Consultation, Notice } from "./peers.ts";
import type { OwnConnections } from "./private.ts";

/** A whole message was decoded. */
export const DONE = 0;
/** The message is fine so far; more bytes are needed. */
export const MORE = 1;
/** The peer broke the framing; nothing after this can be understood. */
export const BAD = 2;
/** Outcome of a decoder. */
export type Status = typeof DONE | typeof MORE | typeof BAD;

/** Send the request as it is to the server of its key, the first of `keys`. */
export const FORWARD = 0;
/** Send the request as it is, provided that all its keys belong to one server. */
export const FORWARD_TOGETHER = 1;
/** Send every server its share of the keys, and merge the replies. */
export const SPLIT = 2;
/** Send the request as it is to any live server: it has no key. */
export const FORWARD_ANY = 3;
/** Say what `answer` holds; no server is asked. */
export const ANSWER = 4;
/** Nothing is to be done, and nothing is to be said. */
export const IGNORE = 5;
/** Send the request as it is to all servers, and merge the replies. */
export const FORWARD_ALL = 6;
/** Send the request to all servers over connections of its own, past the requests under way, and merge the replies. */
export const FORWARD_ALL_APART = 7;
/** Send the request to all servers, and merge the replies that come soon, even if there is only one server. */
export const GATHER = 8;
/** Send the request to the server with the number {@link RequestDecoder.server}, and merge its reply. */
export const FORWARD_TO = 9;
/** Stands for the server that {@link FORWARD_ANY} goes to. */
export const ANY_SERVER: number = -1;
/**
 * Send the request as with {@link FORWARD_TOGETHER}, or {@link FORWARD_ANY} if it has no key; the decoder says what is
 * sent, and may have something else sent when it has seen the reply. See {@link RequestDecoder.substitute}.
 */
export const FORWARD_WATCHED = 10;
/**
 * Send the request to the server of its keys, which have to be on one, over the connection that the client has pinned. If
 * it has none, one is pinned: to that server, or to any live one if there is no key. See `PrivateUse`.
 */
export const PIN = 12;
/** Send the request to the server of its keys, which have to be on one, over a connection that it has to itself. */
export const LEASE = 13;
/**
 * Send the request, with what the decoder puts in front of it, to every server over connections that it has to itself, and
 * merge the replies. See `PrivateUse`.
 */
export const LEASE_ALL = 17;
/** Decode it again when everything before it has been answered: it takes another way, and must not overtake. */
export const WAIT = 11;
/** Ask servers for what the client listens to, or not any more. See `Listening`. */
export const LISTEN = 14;
/**
 * Send the request as with {@link FORWARD}, or together with others like it: then one is sent of which the parts are the
 * first request without {@link RequestDecoder.fragmentTail}, the unit of each other one, and that tail. See
 * {@link ReplyDecoder.beginJoined}.
 */
export const FORWARD_JOINABLE = 15;
/** Say what {@link RequestDecoder.consultation} makes of what the other event loops of the process say. */
export const CONSULT = 16;
/** What becomes of a request. */
export type Action =
  | typeof FORWARD
  | typeof FORWARD_JOINABLE
  | typeof FORWARD_TOGETHER
  | typeof SPLIT
  | typeof FORWARD_ANY
  | typeof ANSWER
  | typeof IGNORE
  | typeof FORWARD_ALL
  | typeof FORWARD_ALL_APART
  | typeof GATHER
  | typeof FORWARD_TO
  | typeof FORWARD_WATCHED
  | typeof WAIT
  | typeof PIN
  | typeof LEASE
  | typeof LISTEN
  | typeof LEASE_ALL
  | typeof CONSULT;

/** A request that the proxy answers itself, or that concerns no key. */
export const ACCESS_OTHER = 0;
/** A request that reads. */
export const ACCESS_READ = 1;
/** A request that writes. */
export const ACCESS_WRITE = 2;
/** What a request does to its keys. */
export type RequestAccess = typeof ACCESS_OTHER | typeof ACCESS_READ | typeof ACCESS_WRITE;

/** What people are told of a request. */
export interface RequestDescription {
  /** What it asks for, such as `GET`. */
  readonly command: string;
  /** Offset of its first key's first byte. */
  readonly keyStart: number;
  /** Offset after that key's last byte, which may not be here; `keyStart` if there is no key. */
  readonly keyEnd: number;
}

/** Understands what one client sends. It holds that client's state in the protocol, such as its login. */
export interface RequestDecoder {
  /**
   * Decodes the next request. After {@link MORE} it is called again with the same request at `start` (which
   * may have moved) and more bytes behind it, and goes on where it stopped.
   *
   * @param bytes The array that holds the request. The decoder may change the request in place, as long as it stays as long.
   * @param start Offset of the request's first byte.
   * @param end Offset after the last byte that has arrived.
   * @returns On {@link DONE} all fields describe the request; on {@link BAD} `answer` holds the last words.
   */
  decode(bytes: Uint8Array<ArrayBuffer>, start: number, end: number): Status;
  /** How many bytes after `start` the request took. */
  readonly consumed: number;
  /** What becomes of it. */
  readonly action: Action;
  /** The array that holds what to forward: `bytes`, or one of the decoder's own. */
  readonly frame: Uint8Array<ArrayBuffer>;
  /** Offset of the first byte to forward. */
  readonly frameStart: number;
  /** Offset after the last byte to forward. */
  readonly frameEnd: number;
  /** How many keys there are. */
  readonly keyCount: number;
  /**
   * Where they are: start and end of each, relative to `frameStart`. They may be behind `frameEnd` in the same array, if
   * other bytes than those that are sent choose the server.
   */
  readonly keys: Int32Array;
  /** For {@link SPLIT} and {@link FORWARD_JOINABLE}: start and end of what goes to a key's server (the key, its value …), relative to `frameStart`. */
  readonly units: Int32Array;
  /** Which kind of connection carries the request: a place in {@link Codec.dialects}. */
  readonly dialect: number;
  /** What the protocol wants to know again when the request is answered; 0 if nothing. */
  readonly tag: number;
  /** What a request that is sent to a server does to its keys. */
  readonly access: RequestAccess;
  /** Whether a server will send no reply. */
  readonly noReply: boolean;
  /** Whether the client's connection ends with the reply. */
  readonly closing: boolean;
  /** For {@link ANSWER} and {@link BAD}: the reply. */
  readonly answer: Uint8Array<ArrayBuffer>;
  /**
   * For {@link SPLIT}: what a fragment begins with.
   *
   * @param unitCount How many units follow.
   * @returns The bytes in front of them.
   */
  fragmentHead(unitCount: number): Uint8Array<ArrayBuffer>;
  /**
   * What a server that has none of the keys would say to the request at hand, or to a fragment of it.
   *
   * @param keyCount How many of the keys it was asked for.
   * @returns The reply, or null if the request does not only read, or its reply cannot be told.
   */
  missReply(keyCount: number): Uint8Array<ArrayBuffer> | null;
  /** For {@link SPLIT} and {@link FORWARD_JOINABLE}: what a fragment, or a joined request, ends with. */
  readonly fragmentTail: Uint8Array<ArrayBuffer>;
  /** What is to be known for {@link PIN}, {@link LEASE}, {@link LEASE_ALL} and {@link LISTEN}; not there without such requests. */
  readonly own?: OwnConnections;
  /** For {@link CONSULT}: what the other event loops are asked; not there without such requests. */
  readonly consultation?: Consultation | null;
  /** Where replies are merged: how they become one; a number that only the protocol itself reads. */
  readonly merge: number;
  /** For {@link FORWARD_TO}: the place of the server in `PoolFacts.serverFacts()`, or {@link ANY_SERVER}. */
  readonly server?: number;
  /**
   * For {@link FORWARD_WATCHED}: what is sent in place of the request.
   *
   * @param server The server that gets it.
   * @returns A request; null for the one at hand as it is.
   */
  substitute?(server: ServerFacts): Uint8Array<ArrayBuffer> | null;
  /**
   * For {@link FORWARD_WATCHED}: looks at the reply. It may have something else sent if the client has asked nothing since.
   *
   * @param frame A copy of the request.
   * @param reply The reply, or what the proxy says itself because there is none.
   * @param server The server that got it.
   * @returns A request for the same server, whose reply is final; null if the client gets the reply at hand.
   */
  retry?(
    frame: Uint8Array<ArrayBuffer>,
    reply: HeldReply,
    server: ServerFacts,
  ): Uint8Array<ArrayBuffer> | null;
  /**
   * Asked after {@link MORE} about a long request: may what has come of it leave for its server already? If so, the
   * fields from `frame` to `keys` describe that part, and `action` is {@link FORWARD}.
   *
   * @param bytes The array that holds it.
   * @param start Offset of its first byte.
   * @param end Offset after the last byte that has arrived.
   * @returns False if the request has to be complete first.
   */
  begin(bytes: Uint8Array<ArrayBuffer>, start: number, end: number): boolean;
  /**
   * For {@link FORWARD}: whether {@link begin} says no to requests of this kind, so that they are complete before they are
   * sent; not there if it never does.
   */
  readonly isIndivisible?: boolean;
  /**
   * After {@link begin}: lets go of what has come. {@link decode} goes on behind it, and on {@link DONE} `consumed` is what
   * is left of the request.
   *
   * @param arrived How many bytes of the request are here.
   * @returns How many of them, from the first on, are let go of.
   */
  letGo(arrived: number): number;
}

/** A reply that says what was asked for, or an error that is the client's own affair. */
export const REPLY_FINE = 0;
/** A reply by which the server says that it cannot serve now (it is loading, say): it counts as a failure. */
export const REPLY_UNABLE = 1;
/** What a reply says of its server. */
export type ReplyKind = typeof REPLY_FINE | typeof REPLY_UNABLE;

/** The keys of requests that were sent as one, each with one key, all different. */
export interface JoinedKeys {
  /** How many there are. */
  readonly count: number;
  /** The array that holds them, one behind the other. */
  readonly bytes: Uint8Array;
  /** Offset after the last byte of each. */
  readonly ends: Int32Array;
}

/** What a {@link ReplyDecoder} has found of the replies to joined requests, beside the reply at hand. */
export interface JoinedReplies {
  /** After {@link BAD}: whether the replies may be right and are only in another order than the requests. */
  readonly isOutOfOrder: boolean;
  /** After {@link DONE} and {@link MORE}: how many requests come before the one whose reply is at hand … */
  readonly missed: number;
  /** … and are answered with this. */
  readonly missReply: Uint8Array<ArrayBuffer>;
  /** After {@link DONE}: what the reply at hand still has to end with; null if it is complete. */
  readonly ending: Uint8Array<ArrayBuffer> | null;
  /** After {@link DONE}: how many requests are answered, too, because the server says nothing more to them … */
  readonly followers: number;
  /** … with this. */
  readonly followersReply: Uint8Array<ArrayBuffer>;
}

/** Understands what one server sends. */
export interface ReplyDecoder {
  /**
   * Decodes on. The caller passes the bytes from where `position` stood after the last call.
   *
   * @param bytes The array that holds the reply.
   * @param start Offset of the first byte that was not decoded yet.
   * @param end Offset after the last byte that has arrived.
   * @returns {@link DONE}: the reply ends at `position`. {@link MORE}: everything before `position` belongs to the
   *   reply and need not be seen again. {@link BAD}: no reply can look like this.
   */
  decode(bytes: Uint8Array<ArrayBuffer>, start: number, end: number): Status;
  /** Offset after what was decoded. */
  readonly position: number;
  /** After {@link DONE}: what the reply says of its server. */
  readonly kind: ReplyKind;
  /**
   * Tells that the reply that begins answers several requests, because of {@link FORWARD_JOINABLE}. {@link decode} then
   * finds the replies to the single ones.
   *
   * @param keys Their keys; they must not change until the last of them is answered.
   * @returns What it finds.
   */
  beginJoined?(keys: JoinedKeys): JoinedReplies;
}

/** The reply to one fragment, or to a request whose turn has not come. */
export interface HeldReply {
  /** The array that holds it. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Offset of its first byte. */
  readonly start: number;
  /** Offset after its last byte. */
  readonly end: number;
}

/** Everything that is needed to make one reply of the replies to all fragments. */
export interface SplitReplies {
  /** See {@link RequestDecoder.merge}. */
  readonly merge: number;
  /** How many keys the request had. */
  readonly keyCount: number;
  /** For each key the number of the fragment that it went into. */
  readonly fragmentOf: Uint16Array;
  /** Whether keys whose server failed count as not there, where the reply can say so. */
  readonly missOnError: boolean;
  /** How many fragments there were. */
  readonly fragmentCount: number;
  /**
   * The reply to a fragment.
   *
   * @param fragment Its number.
   * @returns The whole reply.
   */
  reply(fragment: number): HeldReply;
  /**
   * For a request that went to all servers: which of them a fragment went to.
   *
   * @param fragment Its number.
   * @returns The server's name.
   */
  serverName(fragment: number): string;
  /** A copy of the request, if the protocol asked for it with {@link Codec.mergesByKey}. */
  readonly frame: Uint8Array | null;
  /** Where the keys are in that copy: start and end of each. */
  readonly keys: Int32Array;
}

/** A way to speak to a server. A protocol with several, such as RESP2 and RESP3, has connections of each kind. */
export interface Dialect {
  /** Its name, for logs. */
  readonly name: string;
  /** What is sent first on every connection; empty if nothing. */
  readonly greeting: Uint8Array<ArrayBuffer>;
  /** What each reply to the greeting is for, for the log: one name per reply to wait for. */
  readonly greetingSteps: readonly string[];
  /** A request that any healthy server answers at once. */
  readonly probe: Uint8Array<ArrayBuffer>;
  /** Makes a decoder for a new connection. */
  newReplyDecoder(): ReplyDecoder;
  /**
   * Whether a reply of the greeting or to the probe is a good one.
   *
   * @param bytes The array that holds it.
   * @param start Offset of its first byte.
   * @param end Offset after its last byte.
   * @returns False for an error.
   */
  isGood(bytes: Uint8Array, start: number, end: number): boolean;
  /**
   * Whether a bad reply of the greeting says that the server does not speak this dialect at all, which is no failure of
   * the server. Without it every server speaks it.
   *
   * @param bytes The array that holds it.
   * @param start Offset of its first byte.
   * @param end Offset after its last byte.
   * @returns True if it is no use to try again.
   */
  isUnspoken?(bytes: Uint8Array, start: number, end: number): boolean;
  /**
   * What a bad reply of the greeting says, if that is not its first line.
   *
   * @param bytes The array that holds it.
   * @param start Offset of its first byte.
   * @param end Offset after its last byte.
   * @returns A text for people.
   */
  explain?(bytes: Uint8Array, start: number, end: number): string;
  /**
   * What the server is, if a reply of the greeting tells it.
   *
   * @param bytes The array that holds it.
   * @param start Offset of its first byte.
   * @param end Offset after its last byte.
   * @returns The product, its version and its modules; null if they are not in this reply.
   */
  releaseOf?(bytes: Uint8Array, start: number, end: number): ServerRelease | null;
}

/** A protocol as one pool uses it. */
export interface Codec {
  /** Its name, for logs. */
  readonly name: string;
  /** The ways to speak to a server; the first one is used for probes and is opened by `preconnect`. */
  readonly dialects: readonly Dialect[];
  /**
   * Makes a decoder for a new client.
   *
   * @param client What is known of the client.
   * @param pool What is known of its pool.
   * @returns The decoder.
   */
  newRequestDecoder(client: ClientFacts, pool: PoolFacts): RequestDecoder;
  /**
   * Takes the place of another one of the same protocol, whose clients stay with the decoders that they have.
   *
   * @param before The one that the pool had until now.
   * @param pool What is known of the pool.
   */
  succeed?(before: Codec, pool: PoolFacts): void;
  /**
   * Does what a client of another event loop asked for with {@link CONSULT}.
   *
   * @param question See {@link Consultation.question}.
   * @param pool What is known of the pool here.
   * @returns What is to be said to that: a text that only the protocol reads.
   */
  consulted?(question: string, pool: PoolFacts): string;
  /**
   * Takes note of what another event loop has told.
   *
   * @param notice The notice; null if all notices are to be forgotten.
   */
  told?(notice: Notice | null): void;
  /**
   * The reply for a request that failed in the proxy.
   *
   * @param text What happened, in the words of the operating system where it has some.
   * @param tag See {@link RequestDecoder.tag}; 0 for a client that has not asked anything.
   * @returns The reply; it must not be changed.
   */
  errorReply(text: string, tag: number): Uint8Array<ArrayBuffer>;
  /**
   * Looks at a server's reply to a request with a tag, before its client gets it. It may change the bytes in place.
   *
   * @param tag See {@link RequestDecoder.tag}; never 0.
   * @param bytes The array that holds the reply, or the beginning of a long one.
   * @param start Offset of its first byte.
   * @param end Offset after the last byte that is here.
   * @returns False if the client is told nothing.
   */
  translate(tag: number, bytes: Uint8Array<ArrayBuffer>, start: number, end: number): boolean;
  /**
   * Says what a request is, for logs. It may be cut off, and may be none at all.
   *
   * @param head The first bytes of what a server was sent.
   * @returns The description; null if the bytes are not the beginning of a request.
   */
  describe(head: Uint8Array): RequestDescription | null;
  /** The reply for keys that would have to be on one server and are not. */
  readonly crossServerReply: Uint8Array<ArrayBuffer>;
  /** Whether {@link merge} needs the keys themselves. */
  readonly mergesByKey: boolean;
  /**
   * Makes one reply of the replies to all fragments.
   *
   * @param replies The replies; all have arrived.
   * @param out Where the reply is appended.
   */
  merge(replies: SplitReplies, out: WriteQueue): void;
}
