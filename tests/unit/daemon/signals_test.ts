import { assertEquals } from "@std/assert";
import { describeSignal, type HandledSignal } from "../../../src/daemon/signals.ts";
import { TestProcess } from "../../support/process.ts";

const isLinux = Deno.build.os === "linux";

Deno.test("signals are described in the reference's words", () => {
  const signals: HandledSignal[] = [
    "SIGHUP",
    "SIGINT",
    "SIGTERM",
    "SIGTTIN",
    "SIGTTOU",
    "SIGUSR1",
    "SIGUSR2",
  ];
  const lines = signals.map(describeSignal);
  const user = isLinux ? [10, 12] : [30, 31];
  assertEquals(lines, [
    "signal 1 (SIGHUP) received, reopening log file",
    "signal 2 (SIGINT) received, exiting",
    "signal 15 (SIGTERM) received, exiting",
    "signal 21 (SIGTTIN) received, up logging level",
    "signal 22 (SIGTTOU) received, down logging level",
    `signal ${user[0]} (SIGUSR1) received, a debugger may be let in at 127.0.0.1:9229 from now on`,
    `signal ${user[1]} (SIGUSR2) received`,
  ]);
});

Deno.test("each signal is logged, then handled; one without a handler is only logged", async () => {
  const child = new URL("./signals_child.ts", import.meta.url).pathname;
  const config = new URL("../../../deno.json", import.meta.url).pathname;
  await using process = await TestProcess.start({
    name: "a process with signal handlers",
    command: Deno.execPath(),
    args: ["run", "--quiet", "--config", config, child],
    ready: (started) => started.output.includes("ready\n"),
  });
  const expected: [HandledSignal, string | null][] = [
    ["SIGHUP", "reopen"],
    ["SIGTTIN", "up"],
    ["SIGTTOU", "down"],
    ["SIGUSR1", null],
    ["SIGUSR2", null],
    ["SIGINT", "interrupt"],
    ["SIGHUP", "reopen"],
  ];
  let output = "ready\n";
  for (const [signal, said] of expected) {
    process.signal(signal);
    output += `[signals] ${describeSignal(signal)}\n${said === null ? "" : `${said}\n`}`;
    await process.waitUntil(() => process.output.length >= output.length, `${signal} is handled`);
    assertEquals(process.output, output);
  }
  process.signal("SIGTERM");
  output += `[signals] ${describeSignal("SIGTERM")}\nterminate\n`;
  await process.waitUntil(() => process.output.length >= output.length, "SIGTERM is handled");
  assertEquals((await process.stop()).signal, "SIGTERM", "nobody listens any more");
  assertEquals(process.output, output);
});
