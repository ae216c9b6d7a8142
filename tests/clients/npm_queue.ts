/**
 * Jobs in queues of BullMQ: scripts with many keys, a sorted set that is waited for, a stream of events.
 *
 * The lock file has msgpackr-extract at 3.0.4, because 3.0.7 was not published for every platform that it names, and Deno wants
 * them all.
 *
 * @module
 */

import type { Transcript } from "./transcript.ts";

/** What the script uses of a job. */
interface Job {
  readonly id: string;
  readonly name: string;
  readonly data: { n: number };
  waitUntilFinished(events: Part): Promise<unknown>;
}

/** What every part of the library has. */
interface Part {
  on(event: "error", listener: (error: Error) => void): unknown;
  waitUntilReady(): Promise<unknown>;
  close(): Promise<unknown>;
}

/** What the script uses of a queue. */
interface Queue extends Part {
  add(name: string, data: object, options?: object): Promise<Job>;
  addBulk(jobs: object[]): Promise<Job[]>;
  getJobs(states: string[]): Promise<Job[]>;
  pause(): Promise<unknown>;
  resume(): Promise<unknown>;
  isPaused(): Promise<boolean>;
  obliterate(options: { force: boolean }): Promise<unknown>;
}

/** What the script uses of the package. */
interface Bullmq {
  Queue: new (name: string, options: object) => Queue;
  QueueEvents: new (name: string, options: object) => Part;
  Worker: new (name: string, work: (job: Job) => Promise<number>, options: object) => Part;
  FlowProducer: new (options: object) => Part & { add(flow: object): Promise<{ job: Job }> };
}

/**
 * Has jobs done.
 *
 * @param port The server's port of 127.0.0.1.
 * @param note Notes a call and its outcome.
 * @param transcript Takes note of errors.
 * @param prefix What all keys begin with; the library's own unless given.
 */
export async function queueScript(
  port: number,
  note: Transcript["note"],
  transcript: Transcript,
  prefix?: string,
): Promise<void> {
  const specifier = "npm:bullmq@6.7.0";
  const { Queue, QueueEvents, Worker, FlowProducer }: Bullmq = await import(specifier);
  const options = { connection: { host: "127.0.0.1", port }, ...(prefix === undefined ? {} : { prefix }) };
  const work = (job: Job): Promise<number> =>
    job.name === "bad" ? Promise.reject(new Error("bad")) : Promise.resolve(2 * job.data.n);
  const queue = new Queue("jobs", options);
  const events = new QueueEvents("jobs", options);
  const flows = new FlowProducer(options);
  const parts: Part[] = [queue, events, flows];
  for (const part of parts) {
    part.on("error", ({ message }) => void transcript.entries.push(["connection", message]));
  }
  await Promise.all([queue.waitUntilReady(), events.waitUntilReady()]);
  const data = { n: 21 };
  await note("add before", queue.add("early", data).then(({ id }) => id));
  const worker = new Worker("jobs", work, options);
  parts.unshift(worker);
  const done = (job: Promise<Job>) => job.then((job) => job.waitUntilFinished(events));
  await note("add", done(queue.add("one", data)));
  const bulk = queue.addBulk([1, 2, 3].map((n) => ({ name: `bulk ${n}`, data: { n } })));
  await note("add bulk", bulk.then((jobs) => Promise.all(jobs.map((job) => job.waitUntilFinished(events)))));
  await note("delayed", done(queue.add("late", data, { delay: 50 })));
  await note("prior", done(queue.add("urgent", data, { priority: 1 })));
  await note("bad", done(queue.add("bad", data, { attempts: 2, backoff: { type: "fixed", delay: 20 } })));
  const child = { name: "child", queueName: "jobs", data };
  const flow = flows.add({ name: "parent", queueName: "jobs", data, children: [child, child] });
  await note("flow", done(flow.then(({ job }) => job)));
  await note("failed", queue.getJobs(["failed"]).then((jobs) => jobs.map(({ name }) => name)));
  await note("pause", queue.pause().then(() => queue.isPaused()));
  await note("resume", queue.resume().then(() => queue.isPaused()));
  await note("obliterate", queue.obliterate({ force: true }));
  await Promise.all(parts.map((part) => part.close()));
}
