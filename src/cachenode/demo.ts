/**
 * The demo: the proxy with everything it needs in one process, to be tried without other software.
 *
 * It takes the proxy's own flags; without any it serves `conf/demo.yml`. For every server of the
 * configuration it starts a cache node.
 *
 * @module
 */

import { run } from "../app.ts";
import { systemClock } from "../base/clock.ts";
import { parseCommandLine } from "../cli/parse.ts";
import type { Config } from "../config/config.ts";
import { ConfigError } from "../config/error.ts";
import { readConfig } from "../config/load.ts";
import { type Address, formatAddress } from "../net/address.ts";
import { denoNetwork } from "../net/deno_network.ts";
import { errnoOf, strerror } from "../net/strerror.ts";
import { bindFailureText, type DemoPool, demoText } from "./demo_text.ts";
import { CacheNode } from "./node.ts";

/** What the proxy is run with; what the user gives comes behind it and so replaces it. Level 4 is warnings and worse. */
const PROXY_ARGS = ["-c", "conf/demo.yml", "-a", "127.0.0.1", "-v", "4"];

/** Thrown when something cannot listen where the configuration says. */
class BindError extends Error {
  override readonly name = "BindError";
}

/** Runs the demo until it is signalled; returns the exit status. */
async function demo(args: readonly string[]): Promise<number> {
  const proxyArgs = [...PROXY_ARGS, ...args];
  const commandLine = parseCommandLine(proxyArgs);
  if (commandLine.kind !== "run") return await run(proxyArgs);
  const { confPath, statsAddress, statsPort } = commandLine.options;
  const stats: Address = { transport: "tcp", hostname: statsAddress, port: statsPort };
  await using nodes = new AsyncDisposableStack();
  try {
    const config = readConfig(confPath, (path) => Deno.readFileSync(path));
    checkFree(stats, "statistics");
    for (const { listen, name } of config.pools) checkFree(listen.address, `pool ${name}`);
    startNodes(config, nodes);
    const text = demoText(poolsOf(config), stats);
    return await run(proxyArgs, { onReady: () => say(Deno.stdout, text) });
  } catch (error) {
    if (error instanceof ConfigError) say(Deno.stderr, error.lines);
    else if (error instanceof BindError) say(Deno.stderr, [error.message]);
    else throw error;
    return 1;
  }
}

/** The proxy would say it too, but among the lines of its log. */
function checkFree(address: Address, purpose: string): void {
  if (address.transport !== "tcp") return;
  const options = { backlog: 1, reusePort: false, keepAlive: false, mode: null };
  tryToListen(address, purpose, () => denoNetwork.listen(address, options)).close();
}

function startNodes(config: Config, nodes: AsyncDisposableStack): void {
  const report = (error: unknown) => say(Deno.stderr, [`a cache node failed: ${error}`]);
  const surroundings = { network: denoNetwork, clock: systemClock, report };
  const started = new Set<string>();
  for (const { name, protocol, servers } of config.pools) {
    for (const { address } of servers) {
      if (started.has(formatAddress(address))) continue;
      started.add(formatAddress(address));
      const start = () => new CacheNode(protocol, address, surroundings);
      nodes.use(tryToListen(address, `cache node of pool ${name}`, start));
    }
  }
}

function tryToListen<T>(address: Address, purpose: string, listen: () => T): T {
  try {
    return listen();
  } catch (error) {
    if (errnoOf(error) === null) throw error;
    throw new BindError(bindFailureText(address, purpose, strerror(error)));
  }
}

function poolsOf(config: Config): DemoPool[] {
  return config.pools.map(({ name, protocol, listen, servers }) => ({
    name,
    protocol,
    listen: listen.address,
    nodes: servers.map(({ address }) => address),
  }));
}

function say(stream: typeof Deno.stdout | typeof Deno.stderr, lines: readonly string[]): void {
  const bytes = new TextEncoder().encode(lines.map((line) => `${line}\n`).join(""));
  for (let at = 0; at < bytes.length;) at += stream.writeSync(bytes.subarray(at));
}

if (import.meta.main) Deno.exit(await demo(Deno.args));
