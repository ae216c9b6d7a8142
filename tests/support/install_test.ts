import { assertEquals } from "@std/assert";
import { installPrograms, type Machine } from "./install.ts";
import type { ProgramName } from "./programs.ts";

const needed: readonly ProgramName[] = ["redis-server", "memcached", "nutcracker"];

/** A machine that has some programs, and whose packages install except the broken ones. */
class FakeMachine implements Machine {
  readonly calls: string[] = [];
  shown = "";
  readonly #programs: Set<string>;
  readonly #broken: readonly string[];
  readonly #root: boolean;

  constructor(programs: readonly string[], { root = true, broken = [] as readonly string[] } = {}) {
    this.#programs = new Set(programs);
    this.#root = root;
    this.#broken = broken;
  }

  find(program: ProgramName): string | null {
    return this.#programs.has(program) ? `/usr/bin/${program}` : null;
  }

  mayInstall(): boolean {
    return this.#root;
  }

  aptGet(args: readonly string[]): Promise<string | null> {
    const last = args.at(-1)!;
    this.calls.push(`${args[0]} ${last}`);
    if (this.#broken.includes(last)) return Promise.resolve("E: no luck");
    this.#programs.add(last);
    return Promise.resolve(null);
  }

  forbidServices(): () => void {
    this.calls.push("forbid services");
    return () => this.calls.push("allow services");
  }

  show(text: string): void {
    this.shown += text;
  }
}

Deno.test("install: nothing is done where nothing is missing or nothing may be done", async () => {
  const full = new FakeMachine(needed);
  assertEquals(await installPrograms(needed, full), []);
  const user = new FakeMachine(["memcached"], { root: false });
  assertEquals(await installPrograms(needed, user), ["redis-server", "nutcracker"]);
  assertEquals([...full.calls, ...user.calls], []);
  assertEquals(full.shown + user.shown, "");
});

Deno.test("install: what is missing is installed without starting services, told in one line", async () => {
  const machine = new FakeMachine(["memcached"]);
  assertEquals(await installPrograms(needed, machine), []);
  assertEquals(machine.calls, [
    "forbid services",
    "update update",
    "install redis-server",
    "install nutcracker",
    "allow services",
  ]);
  assertEquals(
    machine.shown,
    "Installing redis-server, nutcracker with apt-get: lists, redis-server, nutcracker.\n",
  );
});

Deno.test("install: a package that cannot be had does not hinder the others", async () => {
  const machine = new FakeMachine([], { broken: ["memcached", "update"] });
  assertEquals(await installPrograms(needed, machine), ["memcached"]);
  assertEquals(
    machine.shown,
    "Installing redis-server, memcached, nutcracker with apt-get: lists (not updated), redis-server, " +
      "memcached (failed: E: no luck), nutcracker.\n",
  );
});
