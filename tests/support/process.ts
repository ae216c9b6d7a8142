/**
 * Programs that a test starts, watches and always stops.
 *
 * @module
 */

/** How long a condition is waited for before a program counts as stuck; no healthy one comes near it. */
const WAIT_MAX_MS = 30_000;
const PROBE_PERIOD_MS = 10;
/** How long a program may take to obey SIGTERM before SIGKILL. */
const STOP_GRACE_MS = 5_000;
/** How much of a program's output is kept. */
const OUTPUT_CHARS_MAX = 4 * 1024 * 1024;
const SETPRIV = "/usr/bin/setpriv";

/** What to start, and how to see that it is ready. */
export interface ProcessOptions {
  /** What messages call it. */
  readonly name: string;
  /** The executable's path. */
  readonly command: string;
  /** Its arguments. */
  readonly args?: readonly string[];
  /** Variables in addition to those of the test's own environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** The folder to start it in. */
  readonly cwd?: string;
  /** Succeeds (returns anything but false) once the program is ready; called again and again until it does. */
  readonly ready?: (process: TestProcess) => unknown;
  /** What ends it; SIGTERM unless given. */
  readonly stopSignal?: Deno.Signal;
}

/** Thrown when a program does not start or ends too early. */
export class ProcessError extends Error {
  /** The class's name, as it is printed. */
  override readonly name = "ProcessError";
}

/**
 * A running program; `await using` stops it at the end of the test, however the test ends.
 *
 * Should the test process itself be killed, the kernel kills the program (where `setpriv` of
 * util-linux is there to ask for that).
 */
export class TestProcess implements AsyncDisposable {
  /** What messages call it. */
  readonly name: string;
  /** Its process id. */
  readonly pid: number;
  /** Resolves when it has ended and its output is complete. */
  readonly exited: Promise<Deno.CommandStatus>;
  #output = "";
  #status: Deno.CommandStatus | null = null;
  readonly #child: Deno.ChildProcess;
  readonly #stopSignal: Deno.Signal;

  private constructor(name: string, child: Deno.ChildProcess, stopSignal: Deno.Signal) {
    this.name = name;
    this.#stopSignal = stopSignal;
    this.pid = child.pid;
    this.#child = child;
    const outputs = [this.#collect(child.stdout), this.#collect(child.stderr)];
    this.exited = child.status.then(async (status) => {
      this.#status = status;
      await Promise.all(outputs);
      return status;
    });
  }

  /**
   * Starts a program and waits until it is ready.
   *
   * @param options What to start.
   * @returns The running program.
   * @throws {ProcessError} If it ends or stays silent instead; its output is in the message.
   */
  static async start(options: ProcessOptions): Promise<TestProcess> {
    const { name, command, args = [], env, cwd, ready } = options;
    const guarded = hasSetpriv();
    const child = new Deno.Command(guarded ? SETPRIV : command, {
      args: guarded ? ["--pdeathsig", "KILL", command, ...args] : [...args],
      env: { ...env },
      cwd,
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const started = new TestProcess(name, child, options.stopSignal ?? "SIGTERM");
    try {
      if (ready !== undefined) await started.waitUntil(() => ready(started), "it is ready");
    } catch (error) {
      await started.stop();
      throw error;
    }
    return started;
  }

  /** Whether it has not ended yet. */
  get running(): boolean {
    return this.#status === null;
  }

  /** What it has written so far, standard output and standard error together. */
  get output(): string {
    return this.#output;
  }

  /**
   * Waits until something about the running program becomes true.
   *
   * @param condition Succeeds (returns anything but false) when it is; may throw until then.
   * @param what The condition in words.
   * @throws {ProcessError} If the program ends first, or after 30 s.
   */
  async waitUntil(condition: () => unknown, what: string): Promise<void> {
    let problem: unknown = "the condition stayed false";
    const endMs = performance.now() + WAIT_MAX_MS;
    while (performance.now() < endMs) {
      if (!this.running) {
        const { code } = await this.exited;
        throw new ProcessError(`${this.name} exited with status ${code} before ${what}:\n${this.#output}`);
      }
      try {
        if ((await condition()) !== false) return;
      } catch (error) {
        problem = error;
      }
      await sleep(PROBE_PERIOD_MS);
    }
    throw new ProcessError(`${this.name}: waited in vain until ${what}: ${problem}\n${this.#output}`);
  }

  /**
   * Sends a signal; nothing happens if the program has ended.
   *
   * @param signal Which one.
   */
  signal(signal: Deno.Signal): void {
    if (!this.running) return;
    try {
      this.#child.kill(signal);
    } catch (error) {
      // It may end between the check and the signal.
      if (!(error instanceof TypeError) && !(error instanceof Deno.errors.NotFound)) throw error;
    }
  }

  /**
   * Ends the program with its stop signal, or with SIGKILL if it does not obey within 5 s.
   *
   * @returns Its exit status; the same again if it had ended before.
   */
  async stop(): Promise<Deno.CommandStatus> {
    this.signal(this.#stopSignal);
    // A stopped process obeys only when it is continued.
    this.signal("SIGCONT");
    const timer = setTimeout(() => this.signal("SIGKILL"), STOP_GRACE_MS);
    try {
      return await this.exited;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Its resident memory in bytes (VmRSS). */
  rssBytes(): number {
    const status = Deno.readTextFileSync(`/proc/${this.pid}/status`);
    const found = /^VmRSS:\s+(\d+) kB$/m.exec(status);
    if (found === null) throw new ProcessError(`Cannot read the memory of "${this.name}": it has ended`);
    return Number(found[1]) * 1024;
  }

  /** The user and system time that it has taken, in microseconds; the kernel counts in hundredths of a second. */
  cpuUs(): number {
    const stat = Deno.readTextFileSync(`/proc/${this.pid}/stat`);
    const [utime, stime] = stat.slice(stat.lastIndexOf(")") + 2).split(" ").slice(11, 13).map(Number);
    return (utime + stime) * 10_000;
  }

  /** How many file descriptors it has open. */
  fdCount(): number {
    return [...Deno.readDirSync(`/proc/${this.pid}/fd`)].length;
  }

  /** See {@link TestProcess.stop}. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #collect(stream: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<void> {
    for await (const text of stream.pipeThrough(new TextDecoderStream())) {
      this.#output = (this.#output + text).slice(-OUTPUT_CHARS_MAX);
    }
  }
}

/**
 * Waits.
 *
 * @param ms For how many milliseconds.
 * @returns Resolves afterwards.
 */
export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/**
 * Waits until a condition holds, but not longer than 30 s.
 *
 * @param condition Returns whether it does.
 * @param what The condition in words.
 * @throws {Error} If it never does.
 */
export async function eventually(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const endMs = performance.now() + WAIT_MAX_MS;
  while (performance.now() < endMs) {
    if (await condition()) return;
    await sleep(PROBE_PERIOD_MS);
  }
  throw new Error(`waited in vain until ${what}`);
}

function hasSetpriv(): boolean {
  try {
    return Deno.statSync(SETPRIV).isFile;
  } catch {
    return false;
  }
}
