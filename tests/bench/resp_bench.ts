import { concat, encode } from "../../src/base/ascii.ts";
import { MbufPool } from "../../src/buffer/mbuf_pool.ts";
import { WriteQueue } from "../../src/buffer/write_queue.ts";
import { DONE, type HeldReply, type SplitReplies } from "../../src/protocol/contract.ts";
import { MergeCode } from "../../src/protocol/redis/command.ts";
import { mergeReplies } from "../../src/protocol/redis/merge.ts";
import { RedisRequestDecoder } from "../../src/protocol/redis/request_decoder.ts";
import { RespReplyDecoder } from "../../src/protocol/redis/resp_reply.ts";
import { parseRequest, RespRequest } from "../../src/protocol/redis/resp_request.ts";
import { resp } from "../support/resp.ts";

const ROUNDS = 400;
let sum = 0;

function repeated(make: (i: number) => Uint8Array): Uint8Array<ArrayBuffer> {
  return concat(Array.from({ length: ROUNDS }, (_, i) => make(i)));
}

function benchParse(name: string, pipeline: Uint8Array<ArrayBuffer>): void {
  const request = new RespRequest();
  Deno.bench(`parse ${ROUNDS} pipelined ${name}`, () => {
    let at = 0;
    while (parseRequest(request, pipeline, at, pipeline.length) === DONE) {
      at += request.length;
      sum += request.argc;
      request.reset();
    }
  });
}

function benchDecode(name: string, pipeline: Uint8Array<ArrayBuffer>): void {
  const decoder = new RedisRequestDecoder({ password: null, db: 0 });
  Deno.bench(`parse and decide ${ROUNDS} pipelined ${name}`, () => {
    let at = 0;
    while (decoder.decode(pipeline, at, pipeline.length) === DONE) {
      at += decoder.consumed;
      sum += decoder.action;
    }
  });
}

function benchReplies(name: string, replies: Uint8Array<ArrayBuffer>): void {
  const decoder = new RespReplyDecoder();
  Deno.bench(`decode ${ROUNDS} replies: ${name}`, () => {
    let at = 0;
    while (at < replies.length && decoder.decode(replies, at, replies.length) === DONE) at = decoder.position;
    sum += at;
  });
}

const sets = repeated((i) => resp("SET", `key:${i}`, "value:0123456789"));
const gets = repeated((i) => resp("GET", `key:${i}`));
benchParse("SETs", sets);
benchParse("GETs", gets);
benchDecode("SETs", sets);
benchDecode("GETs", gets);
benchDecode(
  "MGETs of 10",
  repeated((i) => resp("MGET", ...Array.from({ length: 10 }, (_, k) => `key:${i}:${k}`))),
);
benchReplies("16 bytes each", repeated(() => encode("$16\r\nvalue:0123456789\r\n")));
benchReplies("+OK", repeated(() => encode("+OK\r\n")));
benchReplies("arrays of 10", repeated(() => encode(`*10\r\n${"$3\r\nabc\r\n".repeat(10)}`)));

const one = resp("GET", "key:1");
const decoder = new RedisRequestDecoder({ password: null, db: 0 });
Deno.bench("parse and decide one GET", () => {
  sum += decoder.decode(one, 0, one.length);
});

const half = encode(`*5\r\n${"$16\r\nvalue:0123456789\r\n".repeat(5)}`);
const held: HeldReply = { bytes: half, start: 0, end: half.length };
const split: SplitReplies = {
  merge: MergeCode.ARRAY,
  keyCount: 10,
  fragmentOf: Uint16Array.from([0, 1, 0, 1, 0, 1, 0, 1, 0, 1]),
  missOnError: false,
  fragmentCount: 2,
  reply: () => held,
  serverName: () => "",
  frame: null,
  keys: new Int32Array(0),
};
const out = new WriteQueue(new MbufPool(16384));
Deno.bench(`merge ${ROUNDS} MGETs of 10 keys on 2 servers`, () => {
  for (let i = 0; i < ROUNDS; i++) mergeReplies(split, out);
  sum += out.bytes;
  out.clear();
});
