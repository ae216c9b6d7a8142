import { assertEquals } from "@std/assert";
import { ManualClock } from "../../../src/base/clock.ts";
import { DescriptorBudget, type DescriptorNeeds } from "../../../src/daemon/descriptor_budget.ts";
import { DescriptorProbe } from "../../../src/daemon/descriptor_probe.ts";
import { LeveledLog } from "../../../src/log/leveled_log.ts";

/** Keeps what it is told. */
class Lines extends LeveledLog {
  readonly lines: string[] = [];

  override enabled(): boolean {
    return true;
  }

  override write(_level: number, module: string, text: string): void {
    this.lines.push(`${module}: ${text}`);
  }
}

/** Has a process with `spare` descriptors begin with a budget; `sockets` are open already. */
function begin(spare: number, needs: DescriptorNeeds, sockets = 0) {
  const [clock, log] = [new ManualClock(), new Lines()];
  const limits: number[] = [];
  let open = 0;
  const probe = new DescriptorProbe({
    clock,
    open() {
      if (open === spare) {
        throw Object.assign(new Error("Too many open files (os error 24)"), { code: "EMFILE" });
      }
      open++;
      return { close: () => void open-- };
    },
  });
  const budget = new DescriptorBudget(
    { probe, log, sockets: () => sockets, limitClients: (max) => limits.push(max) },
    needs,
  );
  budget.start();
  clock.advance(10_000);
  return { limits, budget, lines: () => log.lines.splice(0) };
}

Deno.test("clients get what is not reserved, those who are there included", () => {
  const { limits, lines } = begin(300, { reserved: 70, clients: Infinity }, 20);
  assertEquals(limits, [250]);
  assertEquals(lines(), [
    "descriptors: descriptors are there for 250 clients; 70 are kept for servers and other things",
  ]);
});

Deno.test("people are warned when the configuration admits more clients than there are descriptors for", () => {
  const { limits, lines } = begin(300, { reserved: 70, clients: 1000 });
  assertEquals(limits, [230]);
  assertEquals(lines(), [
    "descriptors: descriptors are there for 230 clients; 70 are kept for servers and other things; " +
    "client_connections admit 1000: raise the limit: ulimit -n, LimitNOFILE=",
  ]);
});

Deno.test("nobody is told and nobody is limited when there are enough", () => {
  for (const clients of [1000, 50_000, Infinity]) {
    const { limits, lines, budget } = begin(20_000, { reserved: 70, clients });
    budget.adopt({ reserved: 700, clients });
    assertEquals([limits, lines()], [[], []]);
  }
});

Deno.test("of few descriptors clients get a part, and people are told what is missing", () => {
  const { limits, lines } = begin(40, { reserved: 70, clients: 5 });
  assertEquals(limits, [10]);
  assertEquals(lines(), [
    "descriptors: descriptors are there for 10 clients; 30 are kept for servers and other things, " +
    "which may need 70: raise the limit: ulimit -n, LimitNOFILE=",
  ]);
});

Deno.test("another configuration changes the budget", () => {
  const { limits, lines, budget } = begin(300, { reserved: 70, clients: Infinity });
  budget.adopt({ reserved: 70, clients: Infinity });
  assertEquals([limits, lines().length], [[230], 1]);
  budget.adopt({ reserved: 100, clients: Infinity });
  assertEquals([limits, lines().length], [[230, 200], 1]);
});
