/**
 * Who has had how much of the processors.
 *
 * @module
 */

/** The kernel counts in hundredths of a second. */
const TICK_US = 10_000;

/** A thread, or several of one name. */
export interface ThreadCpu {
  /** What the kernel calls it. */
  readonly name: string;
  /** User and system time so far, in microseconds. */
  readonly cpuUs: number;
}

/**
 * Reads what each thread of a process has taken.
 *
 * @param pid The process.
 * @returns The threads by their numbers; those that share a name are not added up.
 */
export function threadsOf(pid: number): Map<number, ThreadCpu> {
  const threads = new Map<number, ThreadCpu>();
  for (const { name: tid } of Deno.readDirSync(`/proc/${pid}/task`)) {
    try {
      const stat = Deno.readTextFileSync(`/proc/${pid}/task/${tid}/stat`);
      const [open, close] = [stat.indexOf("("), stat.lastIndexOf(")")];
      const [user, system] = stat.slice(close + 2).split(" ").slice(11, 13).map(Number);
      threads.set(Number(tid), { name: stat.slice(open + 1, close), cpuUs: (user + system) * TICK_US });
    } catch (error) {
      // It may end between the two.
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
  return threads;
}

/**
 * Compares the threads of a process at two moments.
 *
 * @param before The first.
 * @param after The second.
 * @returns What each has taken in between, in microseconds; the one that has taken most comes first.
 */
export function busyThreads(
  before: ReadonlyMap<number, ThreadCpu>,
  after: ReadonlyMap<number, ThreadCpu>,
): ThreadCpu[] {
  return [...after].map(([tid, { name, cpuUs }]) => ({ name, cpuUs: cpuUs - (before.get(tid)?.cpuUs ?? 0) }))
    .filter(({ cpuUs }) => cpuUs > 0).sort((a, b) => b.cpuUs - a.cpuUs);
}

/** How busy the whole machine has been so far, in microseconds of one core. */
export function machineBusyUs(): number {
  const [line] = Deno.readTextFileSync("/proc/stat").split("\n");
  const [user, nice, system, , , irq, softirq] = line.trim().split(/ +/).slice(1).map(Number);
  return (user + nice + system + irq + softirq) * TICK_US;
}

/** The cores that this process may use. */
export function ownCores(): number[] {
  const status = Deno.readTextFileSync("/proc/self/status");
  const list = /^Cpus_allowed_list:\s+(.+)$/m.exec(status)?.[1] ?? "0";
  return list.split(",").flatMap((range) => {
    const [first, last = first] = range.split("-").map(Number);
    return Array.from({ length: last - first + 1 }, (_, i) => first + i);
  });
}

/**
 * Has all threads of a process run on some cores only.
 *
 * @param pid The process.
 * @param cores The cores.
 */
export async function pin(pid: number, cores: readonly number[]): Promise<void> {
  const args = ["-a", "-c", "-p", cores.join(","), `${pid}`];
  const { code, stderr } = await new Deno.Command("taskset", { args }).output();
  if (code !== 0) throw new Error(`Cannot pin process ${pid}: ${new TextDecoder().decode(stderr)}`);
}
