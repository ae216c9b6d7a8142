/**
 * What an example of a command looks like.
 *
 * @module
 */

/** How the replies of the proxy and of a server are compared. */
export type Comparison =
  /** Byte for byte. */
  | "same"
  /** By the types of all elements and the keys of maps: what is in them is each side's own. */
  | "shape"
  /** By the type of the whole reply. */
  | "type";

/** Calls of a command on empty servers. */
export interface Example {
  /**
   * Requests, parted by `; `; their words are parted by spaces, or quoted by `'`. The word `@` stands for the bulk string
   * that the request before was answered with. The last one is a call of the row's command.
   */
  readonly calls: string;
  /** How the last reply is compared, `same` if left out; those before it are only for the sake of it. */
  readonly compare?: Comparison;
  /** What the proxy says to the last call where that is not what a server says. */
  readonly own?: string;
}

/** By the name of the row; a text is the calls of an example whose last reply is the same byte for byte. */
export type Examples = Readonly<Record<string, string | Example>>;

/**
 * Compares by shape.
 *
 * @param calls See {@link Example.calls}.
 * @returns The example.
 */
export function shape(calls: string): Example {
  return { calls, compare: "shape" };
}

/**
 * Compares by the type of the reply.
 *
 * @param calls See {@link Example.calls}.
 * @returns The example.
 */
export function type(calls: string): Example {
  return { calls, compare: "type" };
}

/**
 * Takes calls apart.
 *
 * @param calls See {@link Example.calls}.
 * @returns The words of each request.
 */
export function requestsOf(calls: string): string[][] {
  return calls.split("; ").map((line) =>
    [...line.matchAll(/'([^']*)'|\S+/g)].map(([word, quoted]) => quoted ?? word)
  );
}
