import { assert } from "@std/assert";

/** Bytes of heap per request that are taken for none: what grows once, such as a ring, divided by all requests. */
const BYTES_MAX = 4;

Deno.test("forwarding a small GET or SET allocates nothing", async () => {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--allow-all",
      "--no-check",
      "--v8-flags=--expose-gc,--min-semi-space-size=64,--max-semi-space-size=64",
      new URL("../../bench/allocation.ts", import.meta.url).pathname,
    ],
  }).output();
  const text = new TextDecoder();
  assert(code === 0, text.decode(stderr));
  const found = JSON.parse(text.decode(stdout)) as Record<string, { perRequest: number }>;
  for (const command of ["GET", "SET"]) {
    const { perRequest } = found[command];
    assert(Math.abs(perRequest) < BYTES_MAX, `${command}: ${perRequest} bytes per request`);
  }
});
