import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { eventually, ProcessError, TestProcess } from "./process.ts";

const shell = "/bin/sh";

function exists(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(Deno.readTextFileSync(`/proc/${pid}/status`));
  } catch {
    return false;
  }
}

Deno.test("process: output of both streams is collected and the status is told", async () => {
  await using process = await TestProcess.start({
    name: "echo",
    command: shell,
    args: ["-c", "echo out; echo err >&2; exit 3"],
  });
  assertEquals((await process.exited).code, 3);
  assertStringIncludes(process.output, "out\n");
  assertStringIncludes(process.output, "err\n");
  assertEquals(process.running, false);
});

Deno.test("process: one that ends before it is ready fails the start with its output", async () => {
  const error = await assertRejects(
    () =>
      TestProcess.start({
        name: "early",
        command: shell,
        args: ["-c", "echo bad luck; exit 7"],
        ready: () => false,
      }),
    ProcessError,
    "early exited with status 7",
  );
  assertStringIncludes(error.message, "bad luck");
});

Deno.test("process: it is stopped even if the test throws", async () => {
  let pid = 0;
  await assertRejects(
    async () => {
      await using process = await TestProcess.start({ name: "sleep", command: "/bin/sleep", args: ["600"] });
      pid = process.pid;
      assert(exists(pid), "it runs");
      throw new Error("the test failed");
    },
    Error,
    "the test failed",
  );
  assert(!exists(pid), "it is gone");
});

Deno.test("process: memory, descriptors and signals", async () => {
  await using process = await TestProcess.start({
    name: "trap",
    command: shell,
    args: ["-c", "trap 'echo got it' USR1; echo ready; while :; do sleep 0.01; done"],
  });
  await eventually(() => process.output.includes("ready"), "the trap is set");
  assert(process.rssBytes() > 100_000, "a shell needs memory");
  assert(process.fdCount() >= 3, "a shell has the three standard descriptors");
  process.signal("SIGUSR1");
  await process.waitUntil(() => process.output.includes("got it"), "the trap has run");
});

Deno.test("process: one that is stopped (SIGSTOP) can still end in an orderly way", async () => {
  const process = await TestProcess.start({
    name: "stopped",
    command: shell,
    args: ["-c", "trap 'exit 5' TERM; echo ready; while :; do sleep 0.01; done"],
  });
  await process.waitUntil(() => process.output.includes("ready"), "the trap is set");
  process.signal("SIGSTOP");
  assertEquals((await process.stop()).code, 5);
});

Deno.test("process: it dies with the test process", async () => {
  const module = new URL("process.ts", import.meta.url).href;
  const code = `import { TestProcess } from ${JSON.stringify(module)};
    const child = await TestProcess.start({ name: "sleep", command: "/bin/sleep", args: ["600"] });
    console.log("child " + child.pid);
    setInterval(() => {}, 1000);`;
  await using parent = await TestProcess.start({
    name: "parent",
    command: Deno.execPath(),
    args: ["eval", code],
  });
  await parent.waitUntil(() => /child \d+\n/.test(parent.output), "it has started its child");
  const pid = Number(/child (\d+)/.exec(parent.output)![1]);
  assert(exists(pid), "the child runs");
  parent.signal("SIGKILL");
  await parent.exited;
  await eventually(() => !exists(pid), "the child is gone");
});
