/**
 * What becomes of a request that is about a transaction, or that comes while one is open.
 *
 * @module
 */

import { encode } from "../../base/ascii.ts";
import { PIN, WAIT } from "../contract.ts";
import type { Command } from "./command.ts";
import { namedCommand } from "./command_lookup.ts";
import { keyFaultReply } from "./key_errors.ts";
import { KeyStatus } from "./key_status.ts";
import { arrayHead, OK } from "./replies.ts";
import { type Transaction, TransactionState } from "./transaction.ts";

/** An answer of the proxy's own, {@link PIN}, or {@link WAIT}. */
export type Verdict = Uint8Array<ArrayBuffer> | typeof PIN | typeof WAIT;

const DISCARD = namedCommand("DISCARD");
const EXEC = namedCommand("EXEC");
const MULTI = namedCommand("MULTI");
const UNWATCH = namedCommand("UNWATCH");

/** What may be queued although the proxy answers it itself outside of a transaction: servers give the same answer. */
const ANSWERED_ALIKE: ReadonlySet<Command> = new Set(
  ["CLUSTER", "ECHO", "PING", "SELECT", "TIME"].map(namedCommand),
);

const QUEUED = encode("+QUEUED\r\n");
const NESTED = encode("-ERR MULTI calls can not be nested\r\n");
const WATCH_INSIDE = encode("-ERR WATCH inside MULTI is not allowed\r\n");
const WATCH_LOST = encode(
  "-ERR the keys watched before are not watched any more: UNWATCH, and begin again\r\n",
);
const EXEC_WITHOUT = encode("-ERR EXEC without MULTI\r\n");
const DISCARD_WITHOUT = encode("-ERR DISCARD without MULTI\r\n");
const EXEC_ABORTED = encode("-EXECABORT Transaction discarded because of previous errors.\r\n");
const EXEC_ARITY = encode(
  "-EXECABORT Transaction discarded because of: wrong number of arguments for 'exec' command\r\n",
);
const KEPT_TOO_MUCH = encode("-ERR too much of this transaction is kept by the proxy\r\n");
const SERVER_LOST = encode("-ERR the server of this transaction has ended its connection\r\n");

/**
 * Whether a command that the proxy answers itself may be queued in a transaction.
 *
 * @param command The command.
 * @returns True if the answer of a server is right, too.
 */
export function isAnsweredAlike(command: Command): boolean {
  return ANSWERED_ALIKE.has(command);
}

/** What may be queued to be answered by the proxy when EXEC comes: it changes nothing that later replies depend on. */
const ANSWERED_LATER: ReadonlySet<string> = new Set([
  "ACL|WHOAMI",
  "CLIENT|GETNAME",
  "CLIENT|GETREDIR",
  "CLIENT|HELP",
  "CLIENT|ID",
  "CLIENT|INFO",
  "CLIENT|LIST",
  "CLIENT|NO-EVICT",
  "CLIENT|NO-TOUCH",
  "CLIENT|SETINFO",
  "CLIENT|SETNAME",
  "CONFIG|GET",
  "READONLY",
  "READWRITE",
  "ROLE",
  "WAIT",
  "WAITAOF",
]);

/**
 * Whether a command that the proxy answers itself may be queued, and be answered when EXEC comes.
 *
 * @param command The command.
 * @param hasPeers Whether other event loops serve clients of the pool; they cannot be asked while EXEC is answered.
 * @returns True if it may.
 */
export function isAnsweredLater(command: Command, hasPeers: boolean): boolean {
  return ANSWERED_LATER.has(command.name) && !(hasPeers && command.name === "CLIENT|LIST");
}

/**
 * Refuses a command that cannot be queued.
 *
 * @param command The command.
 * @returns An error reply.
 */
export function refusedInside(command: Command): Uint8Array<ArrayBuffer> {
  return encode(`-ERR command '${command.name}' is not supported inside MULTI by this proxy\r\n`);
}

/**
 * Decides about MULTI, EXEC, DISCARD, WATCH and UNWATCH.
 *
 * @param tx The client's transaction.
 * @param command Which of them it is.
 * @param isArityRight Whether it has as many arguments as it takes.
 * @param isAlone Whether all requests of the client before it have been answered.
 * @returns What becomes of it; the transaction has taken note, unless it is WAIT.
 */
export function decideTransaction(
  tx: Transaction,
  command: Command,
  isArityRight: boolean,
  isAlone: boolean,
): Verdict {
  if (command === EXEC) return decideExec(tx, isArityRight, isAlone);
  if (!isArityRight) {
    tx.spoil();
    return keyFaultReply(KeyStatus.WRONG_ARITY, command);
  }
  if (command === MULTI) return decideMulti(tx, isAlone);
  if (command === DISCARD) {
    if (!tx.isOpen) return DISCARD_WITHOUT;
    return endOf(tx, TransactionState.SENT, true);
  }
  if (command === UNWATCH) return endOf(tx, TransactionState.WATCHING, isAlone);
  if (tx.isOpen) return WATCH_INSIDE;
  if (tx.state === TransactionState.UNWATCHED) return WATCH_LOST;
  if (!isAlone) return WAIT;
  tx.watch();
  return PIN;
}

/** Ends it: with the server, if one knows of it, which is so in one state. */
function endOf(tx: Transaction, state: TransactionState, mayGo: boolean): Verdict {
  if (tx.state !== state) {
    tx.end();
    return OK;
  }
  if (!mayGo) return WAIT;
  tx.sendLast();
  return PIN;
}

function decideMulti(tx: Transaction, isAlone: boolean): Verdict {
  if (tx.isOpen) return NESTED;
  if (tx.state !== TransactionState.WATCHING) {
    tx.open();
    return OK;
  }
  if (!isAlone) return WAIT;
  tx.send();
  return PIN;
}

function decideExec(tx: Transaction, isArityRight: boolean, isAlone: boolean): Verdict {
  if (!tx.isOpen) return isArityRight ? EXEC_WITHOUT : EXEC_ARITY;
  if (tx.state === TransactionState.SENT) {
    // The server says what is wrong with it.
    tx.sendLast();
    return PIN;
  }
  if (isArityRight && tx.state === TransactionState.OPEN && tx.keptCount > 0) {
    if (!isAlone) return WAIT;
    tx.sendLast();
    return PIN;
  }
  const isEmpty = tx.state === TransactionState.OPEN;
  tx.end();
  if (!isArityRight) return EXEC_ARITY;
  return isEmpty ? arrayHead(0) : EXEC_ABORTED;
}

/**
 * Decides about a command while a transaction is open; nothing is wrong with it.
 *
 * @param tx The client's transaction.
 * @param hasKeys Whether it has keys.
 * @param isAlone Whether all requests of the client before it have been answered.
 * @param frame The array that holds it.
 * @param start Offset of its first byte.
 * @param end Offset after its last byte.
 * @returns What becomes of it; the transaction has taken note, unless it is WAIT.
 */
export function decideQueued(
  tx: Transaction,
  hasKeys: boolean,
  isAlone: boolean,
  frame: Uint8Array,
  start: number,
  end: number,
): Verdict {
  switch (tx.state) {
    case TransactionState.BROKEN:
      return QUEUED;
    case TransactionState.LOST:
      return SERVER_LOST;
    case TransactionState.OPEN:
      if (hasKeys && !isAlone) return WAIT;
  }
  if (tx.keepsTooMuch) {
    tx.spoil();
    return KEPT_TOO_MUCH;
  }
  tx.queue();
  if (tx.state === TransactionState.OPEN && !hasKeys) {
    tx.keep(frame, start, end);
    return QUEUED;
  }
  tx.send();
  return PIN;
}
