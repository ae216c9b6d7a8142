/**
 * THE table of the binary opcodes.
 *
 * What a request has to look like is what memcached 1.6 wants (proto_bin.c, `dispatch_bin_command`), and stricter
 * where it would take what it does not expect for the next request: GAT, TOUCH and STAT with a value.
 *
 * @module
 */

/** What becomes of requests with an opcode. */
export const OpcodeTreatment = {
  /** It goes to the server of its key. */
  FORWARD: 0,
  /** It goes to any server. */
  FORWARD_ANY: 1,
  /** The proxy says that all before it is done. */
  NOOP: 2,
  /** The proxy ends the connection. */
  QUIT: 3,
  /** It goes to all servers; or the proxy says that it is not allowed, as a memcached with `-F` does. */
  FLUSH: 4,
  /** It tells the mechanisms of SASL; a proxy without users does not know it, as a memcached without SASL does not. */
  SASL_LIST: 5,
  /** It is a login, or the rest of one; unknown to a proxy without users. */
  SASL: 7,
  /** The proxy gives its own numbers; others it does not know. */
  STATISTICS: 6,
} as const;
/** One of {@link OpcodeTreatment}. */
export type OpcodeTreatment = typeof OpcodeTreatment[keyof typeof OpcodeTreatment];

/** What the client of a quiet request is not told. */
export const Hides = {
  /** Everything is told. */
  NOTHING: 0,
  /** That there is no such item. */
  MISS: 1,
  /** That all is well. */
  SUCCESS: 2,
} as const;
/** One of {@link Hides}. */
export type Hides = typeof Hides[keyof typeof Hides];

/** What the proxy knows of an opcode. */
export interface Opcode {
  /** The number. */
  readonly code: number;
  /** The name in the protocol's document. */
  readonly name: string;
  /** What becomes of it. */
  readonly treatment: OpcodeTreatment;
  /** How many bytes of extras it has. */
  readonly extrasBytes: number;
  /** Whether it may do without extras. */
  readonly extrasOptional: boolean;
  /** Whether it must have a key; otherwise it must not; null if it may. */
  readonly hasKey: boolean | null;
  /** Whether it may have a value. */
  readonly mayHaveValue: boolean;
  /** The opcode that does the same and always has a reply. */
  readonly loudCode: number;
  /** What is not told. */
  readonly hides: Hides;
  /** Whether it only reads, so that a server that has nothing can be stood in for. */
  readonly reads: boolean;
  /** Whether a miss is told with the key. */
  readonly echoesKey: boolean;
}

const { FORWARD, FORWARD_ANY, NOOP, QUIT, FLUSH, SASL_LIST, SASL, STATISTICS } = OpcodeTreatment;
const KEY = { hasKey: true };
const READ = { ...KEY, reads: true };
const READ_KEY = { ...READ, echoesKey: true };
const ITEM = { ...KEY, extrasBytes: 8, mayHaveValue: true };
const PART = { ...KEY, mayHaveValue: true };
const COUNTER = { ...KEY, extrasBytes: 20 };
const TIME = { extrasBytes: 4 };
const DELAY = { ...TIME, extrasOptional: true };

/** All opcodes that the proxy knows. */
export const OPCODES: readonly Opcode[] = [
  row(0x00, "GET", FORWARD, READ),
  row(0x09, "GETQ", FORWARD, { ...READ, ...quiet(0x00, Hides.MISS) }),
  row(0x0c, "GETK", FORWARD, READ_KEY),
  row(0x0d, "GETKQ", FORWARD, { ...READ_KEY, ...quiet(0x0c, Hides.MISS) }),
  row(0x1d, "GAT", FORWARD, { ...READ, ...TIME }),
  row(0x1e, "GATQ", FORWARD, { ...READ, ...TIME, ...quiet(0x1d, Hides.MISS) }),
  row(0x23, "GATK", FORWARD, { ...READ_KEY, ...TIME }),
  row(0x24, "GATKQ", FORWARD, { ...READ_KEY, ...TIME, ...quiet(0x23, Hides.MISS) }),
  row(0x1c, "TOUCH", FORWARD, { ...KEY, ...TIME }),
  row(0x01, "SET", FORWARD, ITEM),
  row(0x11, "SETQ", FORWARD, { ...ITEM, ...quiet(0x01) }),
  row(0x02, "ADD", FORWARD, ITEM),
  row(0x12, "ADDQ", FORWARD, { ...ITEM, ...quiet(0x02) }),
  row(0x03, "REPLACE", FORWARD, ITEM),
  row(0x13, "REPLACEQ", FORWARD, { ...ITEM, ...quiet(0x03) }),
  row(0x0e, "APPEND", FORWARD, PART),
  row(0x19, "APPENDQ", FORWARD, { ...PART, ...quiet(0x0e) }),
  row(0x0f, "PREPEND", FORWARD, PART),
  row(0x1a, "PREPENDQ", FORWARD, { ...PART, ...quiet(0x0f) }),
  row(0x04, "DELETE", FORWARD, KEY),
  row(0x14, "DELETEQ", FORWARD, { ...KEY, ...quiet(0x04) }),
  row(0x05, "INCREMENT", FORWARD, COUNTER),
  row(0x15, "INCREMENTQ", FORWARD, { ...COUNTER, ...quiet(0x05) }),
  row(0x06, "DECREMENT", FORWARD, COUNTER),
  row(0x16, "DECREMENTQ", FORWARD, { ...COUNTER, ...quiet(0x06) }),
  row(0x0b, "VERSION", FORWARD_ANY, {}),
  row(0x0a, "NOOP", NOOP, {}),
  row(0x07, "QUIT", QUIT, {}),
  row(0x17, "QUITQ", QUIT, quiet(0x07)),
  row(0x08, "FLUSH", FLUSH, DELAY),
  row(0x18, "FLUSHQ", FLUSH, { ...DELAY, ...quiet(0x08) }),
  row(0x10, "STAT", STATISTICS, { hasKey: null }),
  row(0x20, "SASL LIST MECHS", SASL_LIST, {}),
  row(0x21, "SASL AUTH", SASL, PART),
  row(0x22, "SASL STEP", SASL, PART),
];

function quiet(loudCode: number, hides: Hides = Hides.SUCCESS): Partial<Opcode> {
  return { loudCode, hides };
}

function row(code: number, name: string, treatment: OpcodeTreatment, form: Partial<Opcode>): Opcode {
  return {
    code,
    name,
    treatment,
    extrasBytes: 0,
    extrasOptional: false,
    hasKey: false,
    mayHaveValue: false,
    loudCode: code,
    hides: Hides.NOTHING,
    reads: false,
    echoesKey: false,
    ...form,
  };
}

const byCode: (Opcode | null)[] = new Array<Opcode | null>(256).fill(null);
for (const opcode of OPCODES) byCode[opcode.code] = opcode;

/**
 * Looks an opcode up.
 *
 * @param code The number.
 * @returns What is known of it; null if there is none.
 */
export function lookupOpcode(code: number): Opcode | null {
  return byCode[code];
}
