/**
 * What the process does when it is signalled.
 *
 * @module
 */

import { constants } from "node:os";
import type { Log } from "../log/log.ts";

/** The signals that the process listens to, and what the log says of each after "received". */
const actions = {
  SIGHUP: "reopening log file",
  SIGINT: "exiting",
  SIGTERM: "exiting",
  SIGTTIN: "up logging level",
  SIGTTOU: "down logging level",
  // Deno itself listens to it from 2.9.2 on, and opens the port for debuggers. Executables do not.
  SIGUSR1: Deno.build.standalone ? "" : "a debugger may be let in at 127.0.0.1:9229 from now on",
  SIGUSR2: "",
} as const satisfies Partial<Record<Deno.Signal, string>>;

/** A signal that the process listens to. */
export type HandledSignal = "SIGHUP" | "SIGINT" | "SIGTERM" | "SIGTTIN" | "SIGTTOU" | "SIGUSR1" | "SIGUSR2";

/** What to do for each signal; a signal without a handler is logged and does nothing else. */
export type SignalHandlers = Readonly<Partial<Record<HandledSignal, () => void>>>;

/**
 * Says in the reference's words that a signal came.
 *
 * @param signal Which one.
 * @returns For instance `signal 1 (SIGHUP) received, reopening log file`; the number is the platform's.
 */
export function describeSignal(signal: HandledSignal): string {
  const action: string = actions[signal];
  return `signal ${constants.signals[signal]} (${signal}) received${action === "" ? "" : `, ${action}`}`;
}

/**
 * Listens to all signals that the process knows. Each is logged at every level before its handler is called.
 *
 * @param handlers What to do.
 * @param log Where it is said.
 * @returns A function that stops listening; the signals then do what the platform does by default.
 */
export function listenSignals(handlers: SignalHandlers, log: Log): () => void {
  const listeners = (Object.keys(actions) as HandledSignal[]).map((signal) => {
    const listener = (): void => {
      log.always("signals", describeSignal(signal));
      handlers[signal]?.();
    };
    Deno.addSignalListener(signal, listener);
    return { signal, listener };
  });
  return () => {
    for (const { signal, listener } of listeners) Deno.removeSignalListener(signal, listener);
  };
}
