import { assertEquals } from "@std/assert";
import { encode } from "../../../src/base/ascii.ts";
import { EXCLUSIVE, HELD, RELEASED } from "../../../src/protocol/private.ts";
import { Transaction, TransactionState as State } from "../../../src/protocol/redis/transaction.ts";
import { fromLatin1 } from "./redis_feed.ts";

type Step = (transaction: Transaction) => void;

const open: Step = (transaction) => transaction.open();
const watch: Step = (transaction) => transaction.watch();
const send: Step = (transaction) => transaction.send();
const sendLast: Step = (transaction) => transaction.sendLast();
const end: Step = (transaction) => transaction.end();
const spoil: Step = (transaction) => transaction.spoil();
const refused: Step = (transaction) => transaction.refused();
const lost: Step = (transaction) => transaction.lost();
const forget: Step = (transaction) => transaction.forgetWatch();

/** What each way through the picture ends in, and what becomes of the pinned connection. */
const WAYS: readonly (readonly [Step[], number, number])[] = [
  [[], State.NONE, RELEASED],
  [[open], State.OPEN, RELEASED],
  [[open, send], State.SENT, EXCLUSIVE],
  [[open, send, send, sendLast], State.NONE, RELEASED],
  [[open, end], State.NONE, RELEASED],
  [[open, spoil], State.BROKEN, RELEASED],
  [[open, send, refused], State.BROKEN, RELEASED],
  [[open, send, send, refused], State.SENT, EXCLUSIVE],
  [[open, send, spoil], State.SENT, EXCLUSIVE],
  [[open, send, lost], State.LOST, RELEASED],
  [[open, send, lost, end], State.NONE, RELEASED],
  [[open, lost], State.OPEN, RELEASED],
  [[watch], State.WATCHING, HELD],
  [[watch, watch], State.WATCHING, HELD],
  [[watch, refused], State.UNWATCHED, RELEASED],
  [[watch, lost], State.UNWATCHED, RELEASED],
  [[watch, forget], State.UNWATCHED, RELEASED],
  [[watch, forget, open], State.BROKEN, RELEASED],
  [[watch, forget, end], State.NONE, RELEASED],
  [[watch, sendLast], State.NONE, RELEASED],
  [[watch, sendLast, refused], State.NONE, RELEASED],
  [[watch, send], State.SENT, EXCLUSIVE],
  [[watch, send, refused], State.BROKEN, RELEASED],
  [[watch, spoil], State.WATCHING, HELD],
  [[forget], State.NONE, RELEASED],
];

Deno.test("redis transaction: every way through its states", () => {
  for (const [steps, state, stay] of WAYS) {
    const transaction = new Transaction();
    for (const step of steps) step(transaction);
    const names = steps.map((step) => step.toString()).join("; ");
    assertEquals([transaction.state, transaction.stay], [state, stay], names);
  }
});

/** What the server is told before the request at hand. */
function prelude(transaction: Transaction): [string, number] {
  return [fromLatin1(transaction.prelude), transaction.preludeReplies];
}

Deno.test("redis transaction: the server is told what it does not know yet, and once", () => {
  const transaction = new Transaction();
  const ping = encode("*1\r\n$4\r\nPING\r\n");
  transaction.open();
  transaction.keep(ping, 0, ping.length);
  transaction.send();
  assertEquals(prelude(transaction), ["*1\r\n$5\r\nMULTI\r\n" + fromLatin1(ping), 2]);
  transaction.send();
  assertEquals(prelude(transaction), ["", 0]);
  transaction.spoil();
  transaction.sendLast();
  assertEquals(prelude(transaction), ["*1\r\n$1\r\n!\r\n", 1]);
  transaction.watch();
  transaction.send();
  assertEquals(prelude(transaction), ["", 0]);
});
