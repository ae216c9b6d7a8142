/**
 * Requests, well-formed and broken, and what is to be read from them.
 *
 * @module
 */

import type { RequestFault } from "../../../src/protocol/redis/resp_request.ts";

/** What a parser makes of some bytes: arguments and how many bytes they took, more to come, or a fault. */
export type RequestVerdict =
  | { readonly args: readonly string[]; readonly length: number }
  | { readonly line: string; readonly length: number }
  | "more"
  | RequestFault;

/** Bytes, one character each, and their verdict. */
export type RequestCase = readonly [bytes: string, verdict: RequestVerdict];

function done(bytes: string, args: readonly string[], rest = ""): RequestCase {
  return [bytes + rest, { args, length: bytes.length }];
}

function line(bytes: string, text: string, rest = ""): RequestCase {
  return [bytes + rest, { line: text, length: bytes.length }];
}

function broken(fault: RequestFault, ...inputs: readonly string[]): RequestCase[] {
  return inputs.map((bytes): RequestCase => [bytes, fault]);
}

const LONG = "x".repeat(300);
const MANY = Array.from({ length: 100 }, (_, i) => `${i}`);

/** Requests that are complete. */
export const wholeRequests: readonly RequestCase[] = [
  done("*1\r\n$4\r\nPING\r\n", ["PING"]),
  done("*2\r\n$3\r\nGET\r\n$1\r\nk\r\n", ["GET", "k"]),
  done("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$5\r\nvalue\r\n", ["SET", "k", "value"]),
  done("*2\r\n$3\r\nGET\r\n$1\r\nk\r\n", ["GET", "k"], "*2\r\n$3\r\nGET"),
  done("*1\r\n$4\r\nPING\r\n", ["PING"], "\r\n"),
  done("*1\r\n$4\r\nPING\r\n", ["PING"], "nonsense"),
  // Nothing is asked.
  done("*0\r\n", []),
  done("*-1\r\n", []),
  done("*-9223372036854775808\r\n", []),
  done("*0\r\n", [], "*1\r\n"),
  // Empty arguments, arguments that look like something else, bytes of every kind.
  done("*2\r\n$3\r\nGET\r\n$0\r\n\r\n", ["GET", ""]),
  done("*3\r\n$0\r\n\r\n$0\r\n\r\n$0\r\n\r\n", ["", "", ""]),
  done("*2\r\n$3\r\nGET\r\n$2\r\n\r\n\r\n", ["GET", "\r\n"]),
  done("*2\r\n$3\r\nGET\r\n$14\r\n*1\r\n$4\r\nPING\r\n\r\n", ["GET", "*1\r\n$4\r\nPING\r\n"]),
  done("*2\r\n$3\r\nGET\r\n$4\r\n\0\xff\x80\0\r\n", ["GET", "\0\xff\x80\0"]),
  done("*2\r\n$3\r\nSET\r\n$10\r\n0123456789\r\n", ["SET", "0123456789"]),
  done(`*2\r\n$3\r\nSET\r\n$300\r\n${LONG}\r\n`, ["SET", LONG]),
  done(`*100\r\n${MANY.map((word) => `$${word.length}\r\n${word}\r\n`).join("")}`, MANY),
  // Inline commands; how their words are split is another table's.
  line("PING\r\n", "PING"),
  line("PING\n", "PING"),
  line("GET a\r\n", "GET a", "GET b\r\n"),
  line("SET \"a b\" 'c'\r\n", "SET \"a b\" 'c'"),
  line("\r\n", ""),
  line("\n", "", "\n"),
  line("  \t \r\n", "  \t "),
  line("a\rb\r\n", "a\rb"),
  line("a\r\r\n", "a\r"),
  line("$3\r\n", "$3"),
  line("\xff\x80\r\n", "\xff\x80"),
];

/** Requests that are fine so far. */
export const unfinishedRequests: readonly RequestCase[] = [
  "",
  "*",
  "*1",
  "*1\r",
  "*-",
  "*-1\r",
  "*1\r\n",
  "*1\r\n$",
  "*1\r\n$4",
  "*1\r\n$4\r",
  "*1\r\n$4\r\n",
  "*1\r\n$4\r\nPIN",
  "*1\r\n$4\r\nPING",
  "*1\r\n$4\r\nPING\r",
  "*2\r\n$4\r\nPING\r\n",
  "*1048576\r\n",
  "*1\r\n$536870912\r\n",
  "PING",
  "PING\r",
  " ",
].map((bytes): RequestCase => [bytes, "more"]);

/** Requests after which nothing can be understood. */
export const brokenRequests: readonly RequestCase[] = [
  ...broken(
    "invalid multibulk length",
    "*\r\n",
    "*a\r\n",
    "* 1\r\n",
    "*+1\r\n",
    "*1 \r\n",
    "*01\r\n",
    "*00\r\n",
    "*-0\r\n",
    "*-01\r\n",
    "*--1\r\n",
    "*-\r\n",
    "*1.5\r\n",
    "*1\n",
    "*1\r\r\n",
    "*1\0\r\n",
    "*1048577\r\n",
    // What a server with another limit would wait for, and what wraps to a small number in 32 or 64 bits.
    "*1000000000\r\n",
    "*2147483648\r\n",
    "*4294967298\r\n$3\r\nGET\r\n$1\r\na\r\n",
    "*18446744073709551617\r\n$4\r\nPING\r\n",
    "*99999999999999999999999999999999\r\n",
    "*-99999999999999999999999999999999\r\n",
    "*-18446744073709551615\r\n",
  ),
  ...broken(
    "invalid bulk length",
    "*1\r\n$\r\n",
    "*1\r\n$a\r\n",
    "*1\r\n$-1\r\n",
    "*1\r\n$-0\r\n\r\n",
    "*1\r\n$+4\r\nPING\r\n",
    "*1\r\n$ 4\r\nPING\r\n",
    "*1\r\n$04\r\nPING\r\n",
    "*1\r\n$00\r\n\r\n",
    "*1\r\n$4\nPING\r\n",
    "*1\r\n$4 \r\nPING\r\n",
    "*1\r\n$4\r\r\nPING\r\n",
    "*1\r\n$536870913\r\n",
    "*3\r\n$3\r\nSET\r\n$3\r\nfoo\r\n$4294967297\r\nx\r\n",
    "*3\r\n$3\r\nSET\r\n$3\r\nfoo\r\n$4294967299\r\nx\r\n",
    "*2\r\n$3\r\nGET\r\n$03\r\nfoo\r\n",
    "*1\r\n$18446744073709551620\r\nPING\r\n",
    "*1\r\n$-18446744073709551612\r\nPING\r\n",
    "*1\r\n$99999999999999999999999999999999\r\n",
  ),
  ...broken(
    "expected '$'",
    "*1\r\nPING\r\n",
    "*1\r\n:4\r\n",
    "*1\r\n\r\n",
    "*2\r\n$3\r\nGET\r\n*1\r\n",
    "*2\r\n$3\r\nGET\r\n\0",
    "*2\r\n$4\r\nPING\r\n\r\n",
  ),
  ...broken(
    "expected line end",
    "*1\r\n$3\r\nPING\r\n",
    "*1\r\n$4\r\nPING\n\n",
    "*1\r\n$4\r\nPING\r\r",
    "*1\r\n$4\r\nPINGPING\r\n",
    "*2\r\n$3\r\nGET\r\n$0\r\nx\r\n",
    "*3\r\n$3\r\nSET\r\n$1\r\nkk\r\n$1\r\nv\r\n",
  ),
];
