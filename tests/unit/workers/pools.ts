// Pools for the tests of the workers.
import type { PoolConfig } from "../../../src/config/config.ts";
import { loadConfig } from "../../../src/config/load.ts";

/** Makes redis pools on ports from 7000 on, each with servers of these names. */
export function poolsOf(
  servers: Readonly<Record<string, readonly string[]>>,
  directives = "",
): readonly PoolConfig[] {
  const text = Object.entries(servers).map(([name, list], i) =>
    [
      `${name}:`,
      `  listen: 127.0.0.1:${7000 + i}`,
      "  redis: true",
      ...directives.split("\n").filter((line) => line !== "").map((line) => `  ${line}`),
      "  servers:",
      ...list.map((server) => `    - ${server}:6379:1 ${server}`),
    ].join("\n")
  ).join("\n");
  return loadConfig("test.yml", `${text}\n`).pools;
}
