import { assertEquals } from "@std/assert";
import { readBuildInfo } from "../../../src/build/build_info.ts";
import { compileArguments, outputOf, TARGETS } from "../../../src/build/compile_args.ts";

const allowances = (args: readonly string[]) => args.filter((arg) => arg.startsWith("--allow-"));

Deno.test("compile: the executable has these permissions and no others", () => {
  const args = compileArguments(null);
  assertEquals(args.slice(0, 4), [
    "compile",
    "--quiet",
    "--no-code-cache",
    "--v8-flags=--max-semi-space-size=8,--expose-gc",
  ]);
  assertEquals(allowances(args), [
    "--allow-net",
    "--allow-read",
    "--allow-write",
    "--allow-sys=hostname",
    "--allow-run=/proc/self/exe",
  ]);
  assertEquals(args.slice(-5), ["--include", "dist/build.json", "--output", "dist/nutcracker", "main.ts"]);
});

Deno.test("compile: a permission that is given replaces the one of the table", () => {
  const given = ["--no-check", "--allow-write=/run/nutcracker", "--allow-run=none"];
  assertEquals(allowances(compileArguments(null, given)), [
    "--allow-net",
    "--allow-read",
    "--allow-sys=hostname",
    "--allow-write=/run/nutcracker",
    "--allow-run=none",
  ]);
});

Deno.test("compile: every platform has an executable of its own, and starts itself only where that works", () => {
  const names = TARGETS.map((target) => {
    const args = compileArguments(target);
    assertEquals(args[args.indexOf("--target") + 1], target);
    assertEquals(args.includes("--allow-run=/proc/self/exe"), target.endsWith("-linux-gnu"));
    return outputOf(target);
  });
  assertEquals(new Set(names).size, 4);
});

Deno.test("compile: what is run from its sources was not built from a commit", () => {
  assertEquals(readBuildInfo(), null);
});
