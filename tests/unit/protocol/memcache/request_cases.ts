/**
 * What clients send, and what is to become of it.
 *
 * @module
 */

/** Texts are quoted as `showBytes` quotes them. */
export interface RequestCase {
  /** What the case is about. */
  readonly name: string;
  /** What arrives; a character is a byte. */
  readonly input: string;
  /** What the decoder decides. */
  readonly decisions: readonly string[];
}

const BAD_LINE = String.raw`say "CLIENT_ERROR bad command line format\r\n"`;
const ERROR = String.raw`say "ERROR\r\n"`;
const VERSION = String.raw`any "version\r\n"`;
const NOTHING = "nothing";
const MN = String.raw`say "MN\r\n"`;
const raw = String.raw;
const k250 = "k".repeat(250);
const k251 = "k".repeat(251);

function row(name: string, input: string, ...decisions: string[]): RequestCase {
  return { name, input, decisions };
}

/** Requests that go to servers. */
const FORWARDED: readonly RequestCase[] = [
  row("get", "get a\r\n", raw`join " a" of "a" in "get a\r\n"`),
  row("gets", "gets a\r\n", raw`forward "a" in "gets a\r\n"`),
  row("gat", "gat 10 a\r\n", raw`forward "a" in "gat 10 a\r\n"`),
  row("gats with a negative time", "gats -1 a\r\n", raw`forward "a" in "gats -1 a\r\n"`),
  row("a bare line feed", "get a\n", raw`forward "a" in "get a\n"`),
  row("spaces anywhere", "  get   a  \r\n", raw`forward "a" in "get   a  \r\n"`),
  row("the longest key", `get ${k250}\r\n`, `join " ${k250}" of "${k250}" in "get ${k250}\\r\\n"`),
  row("a key beyond ASCII", "get \xc3\xa4\r\n", raw`join " \xc3\xa4" of "\xc3\xa4" in "get \xc3\xa4\r\n"`),
  row("get takes noreply for a key", "get k noreply\r\n", raw`split "k" "noreply" in "get k noreply\r\n"`),
  row("several keys", "get a bb a\r\n", raw`split "a" "bb" "a" in "get a bb a\r\n"`),
  row("several keys and spaces", " gets  a   b \n", raw`split "a" "b" in "gets a b\r\n"`),
  row("gat of several keys", "gat  9  a  b\r\n", raw`split "a" "b" in "gat  9 a b\r\n"`),
  row("set", "set a 1 2 3\r\nxyz\r\n", raw`forward "a" in "set a 1 2 3\r\nxyz\r\n"`),
  row("an empty value", "set a 0 0 0\r\n\r\n", raw`forward "a" in "set a 0 0 0\r\n\r\n"`),
  row(
    "a value of commands",
    "add a 0 0 7\r\nget b\r\n\r\n",
    raw`forward "a" in "add a 0 0 7\r\nget b\r\n\r\n"`,
  ),
  row("a negative time", "replace a 0 -1 1\r\nx\r\n", raw`forward "a" in "replace a 0 -1 1\r\nx\r\n"`),
  row(
    "a silent set",
    "set a 0 0 1 noreply\r\nx\r\n",
    raw`forward silent "a" in "set a 0 0 1 noreply\r\nx\r\n"`,
  ),
  row("set with a last word", "set a 0 0 1 what\r\nx\r\n", raw`forward "a" in "set a 0 0 1 what\r\nx\r\n"`),
  row("leading zeros", "append a 00 00 0001\r\nx\r\n", raw`forward "a" in "append a 00 00 0001\r\nx\r\n"`),
  row(
    "the largest numbers",
    "cas a 4294967295 2147483647 1 18446744073709551615\r\nx\r\n",
    raw`forward "a" in "cas a 4294967295 2147483647 1 18446744073709551615\r\nx\r\n"`,
  ),
  row(
    "a silent cas",
    "cas a 0 0 1 5 noreply\r\nx\r\n",
    raw`forward silent "a" in "cas a 0 0 1 5 noreply\r\nx\r\n"`,
  ),
  row("prepend", "prepend a 0 0 1\r\nx\r\n", raw`forward "a" in "prepend a 0 0 1\r\nx\r\n"`),
  row("incr", "incr a 1\r\n", raw`forward "a" in "incr a 1\r\n"`),
  row("a silent decr", "decr a 1 noreply\r\n", raw`forward silent "a" in "decr a 1 noreply\r\n"`),
  row("noreply for a number", "incr a noreply\r\n", raw`forward silent "a" in "incr a noreply\r\n"`),
  row("touch", "touch a -1\r\n", raw`forward "a" in "touch a -1\r\n"`),
  row("delete", "delete a\r\n", raw`forward "a" in "delete a\r\n"`),
  row("delete with a zero", "delete a 0\r\n", raw`forward "a" in "delete a 0\r\n"`),
  row("a silent delete", "delete a 0 noreply\r\n", raw`forward silent "a" in "delete a 0 noreply\r\n"`),
  row("a key called noreply", "delete noreply\r\n", raw`forward "noreply" in "delete noreply\r\n"`),
  row("version", "version\r\n", VERSION),
  row("version is never silent", "version noreply\r\n", raw`any "version noreply\r\n"`),
];

/** Requests that the proxy answers, and the one behind them. */
const ANSWERED: readonly RequestCase[] = [
  row("verbosity", "verbosity 1\r\n", raw`say "OK\r\n"`),
  row("a silent verbosity", "verbosity 1 noreply\r\nversion\r\n", NOTHING, VERSION),
  row("verbosity without a level", "verbosity\r\n", BAD_LINE),
  row("verbosity of no number", "verbosity x\r\n", BAD_LINE),
  row("quit", "quit\r\n", `close ""`),
  row("HTTP", "GET / HTTP/1.1\r\n", `close ""`),
  row("a key like HTTP", "get HTTP/1.1\r\n", raw`join " HTTP/1.1" of "HTTP/1.1" in "get HTTP/1.1\r\n"`),
  row("an unknown verb", "gut a\r\nversion\r\n", ERROR, VERSION),
  row("upper case", "GET a\r\n", ERROR),
  row("unknown verbs are never silent", "foo noreply\r\n", ERROR),
  row("an empty line", "\r\n", ERROR),
  row("an empty short line", "\n", ERROR),
  row("a line of spaces", "   \r\n", ERROR),
  row("a long verb", "verbosityverbosity 1\r\n", ERROR),
  row(
    "an unsupported verb",
    "stats reset \r\n",
    raw`say "SERVER_ERROR stats is not supported by this proxy\r\n"`,
  ),
  row("numbers of the servers", "stats items \r\nversion\r\n", raw`gather "stats items \r\n"`, VERSION),
  row(
    "the proxy's own numbers",
    "stats \r\nversion\r\n",
    raw`say "STAT pid 7\r\nSTAT requests 12\r\nEND\r\n"`,
    VERSION,
  ),
  row("a silent unsupported verb", "flush_all 0 noreply\r\nversion\r\n", NOTHING, VERSION),
  row("mn", "mn\r\n", MN),
  row(
    "mn behind a request without a reply",
    "delete a noreply\r\nmn\r\nmn\r\n",
    raw`forward silent "a" in "delete a noreply\r\n"`,
    raw`all "mn\r\n"`,
    MN,
  ),
  row("mn with more words", "mn q\r\n", MN),
];

/** Requests with something wrong, and the one behind them. */
const REFUSED: readonly RequestCase[] = [
  row("no key", "get\r\nversion\r\n", BAD_LINE, VERSION),
  row("no key but a space", "get \r\n", BAD_LINE),
  row("no key behind a time", "gat 1\r\n", BAD_LINE),
  row("no number", "incr a\r\n", BAD_LINE),
  row("a key too long", `get ${k251}\r\nversion\r\n`, BAD_LINE, VERSION),
  row("one of several too long", `get a ${k251} b\r\nversion\r\n`, BAD_LINE, VERSION),
  row("one behind a time too long", `gat 1 a ${k251}\r\nversion\r\n`, BAD_LINE, VERSION),
  row("a silent key too long", `incr ${k251} 1 noreply\r\nversion\r\n`, NOTHING, VERSION),
  row(
    "a value whose key is too long",
    `set ${k251} 0 0 7\r\nget b\r\n\r\nversion\r\n`,
    BAD_LINE,
    NOTHING,
    VERSION,
  ),
  row("the same, silent", `set ${k251} 0 0 7 noreply\r\nget b\r\n\r\nversion\r\n`, NOTHING, VERSION),
  row("a zero byte in a key", "set a\0 0 0 1\r\na\r\nversion\r\n", BAD_LINE, NOTHING, VERSION),
  row("a zero byte that would hide noreply", "set a 0 0 1\0 noreply\r\nversion\r\n", NOTHING, VERSION),
  row("a zero byte behind the key", "get a\0b\r\n", BAD_LINE),
  row("a tab in a key", "get a\tb\r\n", BAD_LINE),
  row("a carriage return in a key", "get a\r\r\n", BAD_LINE),
  row("a delete byte in a key", "get \x7f\r\n", BAD_LINE),
  row("too few words", "set a 0 0\r\nversion\r\n", BAD_LINE, VERSION),
  row("too many words", "set a 0 0 1 2 noreply\r\nversion\r\n", BAD_LINE, VERSION),
  row("a length of letters", "set a 0 0 abc\r\nversion\r\n", BAD_LINE, VERSION),
  row("a negative length", "set a 0 0 -1\r\nversion\r\n", BAD_LINE, VERSION),
  row("a length with a plus", "set a 0 0 +1\r\nversion\r\n", BAD_LINE, VERSION),
  row("noreply for a length", "set a 0 0 noreply\r\nversion\r\n", NOTHING, VERSION),
  row("negative flags", "set a -1 0 1\r\nx\r\nversion\r\n", BAD_LINE, NOTHING, VERSION),
  row("large flags", "set a 4294967296 0 1\r\nx\r\nversion\r\n", BAD_LINE, NOTHING, VERSION),
  row("a late time", "set a 0 2147483648 1\r\nx\r\nversion\r\n", BAD_LINE, NOTHING, VERSION),
  row("a time with letters", "set a 0 1s 1\r\nx\r\nversion\r\n", BAD_LINE, NOTHING, VERSION),
  row("cas without a value", "cas a 0 0 1\r\nversion\r\n", BAD_LINE, VERSION),
  row("a negative cas", "cas a 0 0 1 -1\r\nx\r\nversion\r\n", BAD_LINE, NOTHING, VERSION),
  row("a large cas", "cas a 0 0 1 18446744073709551616\r\nx\r\nversion\r\n", BAD_LINE, NOTHING, VERSION),
  row("noreply for a cas", "cas a 0 0 1 noreply\r\nx\r\nversion\r\n", NOTHING, VERSION),
  row(
    "more data than announced",
    "set a 0 0 1\r\nabc\r\nversion\r\n",
    raw`say "CLIENT_ERROR bad data chunk\r\n"`,
    ERROR,
    VERSION,
  ),
  row("the same, silent", "set a 0 0 1 noreply\r\nabc\r\nversion\r\n", NOTHING, ERROR, VERSION),
  row("a value with a short line end", "set a 0 0 1\r\nx\n\n", raw`say "CLIENT_ERROR bad data chunk\r\n"`),
  row(
    "a line too long for a server",
    `set a 0 0 ${"0".repeat(2040)}1\r\nx\r\nversion\r\n`,
    raw`say "CLIENT_ERROR line too long\r\n"`,
    NOTHING,
    VERSION,
  ),
];

/** Streams that end, or go on later. */
const ENDING: readonly RequestCase[] = [
  row("nothing", ""),
  row("half a line", "get a", "5 left"),
  row("a line end that is half there", "get a\r", "6 left"),
  row("half a value", "set a 0 0 3\r\nx", "14 left"),
  row(
    "a value no server takes",
    "version\r\nset a 0 0 1073741825\r\n",
    VERSION,
    raw`bad "SERVER_ERROR object too large for cache\r\n"`,
  ),
  row("the same, silent", "set a 0 0 99999999999999999999 noreply\r\n", `bad ""`),
  row(
    "a length that wraps in 32 bits",
    "set a 0 0 4294967297\r\n",
    raw`bad "SERVER_ERROR object too large for cache\r\n"`,
  ),
  row("a binary header in a text stream", "version\r\n\x80\r\n", VERSION, ERROR),
];

/** Meta commands; a space stands where a flag `q` was. */
const META: readonly RequestCase[] = [
  row("mg", "mg a v\r\n", raw`forward "a" in "mg a v\r\n"`),
  row("mg without flags", "mg a\n", raw`forward "a" in "mg a\n"`),
  row("every flag passes", "mg a v k O1 T0 Nx !\r\n", raw`forward "a" in "mg a v k O1 T0 Nx !\r\n"`),
  row("a quiet mg", "mg a k q v\r\n", raw`forward quiet g "a" in "mg a k   v\r\n"`),
  row("a quiet flag at the end", " md a q\r\n", raw`forward quiet d "a" in "md a  \r\n"`),
  row("a quiet flag with more to it", "ma a qzz v\r\n", raw`forward quiet a "a" in "ma a     v\r\n"`),
  row("a quiet flag twice is wrong", "mg a q k q\r\n", raw`forward "a" in "mg a s k s\r\n"`),
  row("a key called q", "mg q\r\n", raw`forward "q" in "mg q\r\n"`),
  row("ms", "ms a 2 T0\r\nhi\r\n", raw`forward "a" in "ms a 2 T0\r\nhi\r\n"`),
  row("a quiet ms", "ms a 2 q\r\nhi\r\n", raw`forward quiet s "a" in "ms a 2  \r\nhi\r\n"`),
  row("an empty ms", "ms a 0\r\n\r\n", raw`forward "a" in "ms a 0\r\n\r\n"`),
  row("wrong data is the server's to refuse", "ms a 2\r\nhixx", raw`forward "a" in "ms a 2\r\nhixx"`),
  row(
    "data of commands",
    "ms a 7 c\r\nget b\r\n\r\nmn\r\n",
    raw`forward "a" in "ms a 7 c\r\nget b\r\n\r\n"`,
    MN,
  ),
  row("me", "me a\r\n", raw`forward "a" in "me a\r\n"`),
  row("a key in base64", "mg YWJj b v\r\n", raw`forward "abc" in "mg YWJj b v\r\n"`),
  row(
    "a key in base64 and a value",
    "ms YQ== 1 q b\r\nx\r\n",
    raw`forward quiet s "a" in "ms YQ== 1   b\r\nx\r\n"`,
  ),
  row("me with a key in base64", "me YQ== b\r\n", raw`forward "a" in "me YQ== b\r\n"`),
  row("me knows the flag only as the first", "me YQ== k b\r\n", raw`forward "YQ==" in "me YQ== k b\r\n"`),
  row("a key that is no base64", "mg YWI b\r\n", raw`forward "YWI" in "mg YWI b\r\n"`),
  row("mg without a key", "mg\r\nmn\r\n", ERROR, MN),
  row("me without a key", "me\r\nmn\r\n", BAD_LINE, MN),
  row("ms without a length", "ms a\r\nmn\r\n", BAD_LINE, MN),
  row("ms with a flag for a length", "ms a S1\r\nversion\r\n", BAD_LINE, VERSION),
  row("a meta key too long", `mg ${k251} q\r\nmn\r\n`, BAD_LINE, MN),
  row("a meta key too long, and data", `ms ${k251} 2\r\nhi\r\nmn\r\n`, BAD_LINE, NOTHING, MN),
  row("the most flags", `mg a${" v".repeat(17)}\r\n`, `forward "a" in "mg a${" v".repeat(17)}\\r\\n"`),
  row("too many flags", `mg a${" v".repeat(18)}\r\n`, raw`say "CLIENT_ERROR options flags are too long\r\n"`),
  row("too many for md", `md a${" q".repeat(18)}\r\n`, raw`say "CLIENT_ERROR options flags too long\r\n"`),
  row("a control byte in a flag", "mg a O\x01\r\nmn\r\n", BAD_LINE, MN),
];

/** All cases. */
export const REQUEST_CASES: readonly RequestCase[] = [
  ...FORWARDED,
  ...ANSWERED,
  ...REFUSED,
  ...META,
  ...ENDING,
];
