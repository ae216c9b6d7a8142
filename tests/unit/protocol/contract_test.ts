import { assertEquals } from "@std/assert";
import * as contract from "../../../src/protocol/contract.ts";

/** The numbers that are no actions. */
const OTHERS = /^(DONE|MORE|BAD|ACCESS_.*|REPLY_.*|ANY_SERVER)$/;

Deno.test("contract: every action has a number of its own", () => {
  const actions = Object.entries(contract).filter(([name, value]) =>
    typeof value === "number" && !OTHERS.test(name)
  );
  const numbers = actions.map(([, value]) => value as number).sort((a, b) => a - b);
  assertEquals(numbers, numbers.map((_, place) => place), "from 0 on, without gaps, each once");
});
