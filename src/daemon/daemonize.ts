/**
 * `-d`: the process starts itself once more, in a session of its own, and ends when the other one serves.
 *
 * ```text
 *   terminal ──▶ nutcracker -d …  ──starts──▶ nutcracker --as-daemon …   new session, no terminal, stdin and stdout: null
 *                  copies what it says ◀──stderr: a pipe──┤ all that goes wrong at the start
 *                  exits with 0        ◀──── NUL ─────────┤ everything listens
 *                  exits with its code ◀──── end ─────────┘ it could not start
 * ```
 *
 * A process of Deno cannot fork, nor exchange its open files. So the daemon's standard error stream stays a pipe; once
 * the other process has ended nobody reads it, and what is written to it is lost, as with `/dev/null`.
 *
 * @module
 */

import process from "node:process";
import { isPermitted, OWN_EXECUTABLE, PERMISSIONS, requirePermission, V8_FLAGS } from "./permissions.ts";

/** The argument in front of all others that makes a process the daemon. */
export const DAEMON_ARGUMENT = "--as-daemon";

/** What processes are called in lists of processes. */
const PROCESS_NAME = "nutcracker";
/** Says that everything listens; no text holds it. */
const READY = 0;

/** Thrown when a daemon cannot be started. */
export class DaemonError extends Error {
  /** The class's name, as it is printed. */
  override readonly name = "DaemonError";
}

/**
 * Starts this program once more as a daemon, and waits until it serves or has ended.
 *
 * @param args The command line, without the program's name.
 * @param say Shows bytes of what the daemon says while it starts.
 * @returns The exit status: 0 if it serves, else its own.
 * @throws {DaemonError} If there are no daemons on this platform.
 * @throws {PermissionError} If the program may not start itself.
 */
export async function startDaemon(
  args: readonly string[],
  say: (bytes: Uint8Array) => void,
): Promise<number> {
  if (Deno.build.os !== "linux") {
    throw new DaemonError(`Cannot run as a daemon: not possible on ${Deno.build.os}, use its supervisor`);
  }
  requirePermission({ name: "run", command: OWN_EXECUTABLE }, "run as a daemon");
  const child = new Deno.Command(OWN_EXECUTABLE, {
    args: [...runtimeArguments(), DAEMON_ARGUMENT, ...args],
    stdin: "null",
    stdout: "null",
    stderr: "piped",
    detached: true,
  }).spawn();
  for await (const bytes of child.stderr) {
    const end = bytes.indexOf(READY);
    say(end < 0 ? bytes : bytes.subarray(0, end));
    if (end < 0) continue;
    child.unref();
    return 0;
  }
  const { code } = await child.status;
  return code === 0 ? 1 : code;
}

/** Takes part in {@link startDaemon} as the daemon: everything listens. */
export function tellDaemonReady(): void {
  process.title = PROCESS_NAME;
  try {
    Deno.stderr.writeSync(Uint8Array.of(READY));
  } catch {
    // Whoever started it did not wait.
  }
}

/** What the platform's own executable needs to run this program; nothing if it is the program itself. */
function runtimeArguments(): string[] {
  if (Deno.build.standalone) return [];
  const granted = PERMISSIONS.filter(({ descriptor }) => isPermitted(descriptor)).map(({ flag }) => flag);
  const config = decodeURIComponent(new URL("deno.json", Deno.mainModule).pathname);
  return ["run", "--quiet", "--no-prompt", "--config", config, V8_FLAGS, ...granted, Deno.mainModule];
}
