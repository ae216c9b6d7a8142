/**
 * The proxy of this project, started as a program of its own.
 *
 * @module
 */

import {
  type ProxyOptions,
  type ProxyProcess,
  type ProxyProgram,
  startProxyProcess,
} from "./proxy_process.ts";

/** The variable that holds the path of a compiled proxy to test in place of the sources. */
export const EXECUTABLE_VARIABLE = "NUTCRACKER_EXECUTABLE";

/** A running proxy of this project; see {@link ProxyProcess}. */
export type Proxy = ProxyProcess;

/**
 * Starts the proxy and waits until all its pools and its statistics listen.
 *
 * @param options How.
 * @returns The running proxy.
 */
export async function startProxy(options: ProxyOptions): Promise<Proxy> {
  return await startProxyProcess(proxyProgram(), options);
}

/**
 * Says how the proxy is run: as a user does it, with the permissions of the task `start` and no more.
 *
 * @returns The program and the arguments before the proxy's own flags.
 */
export function proxyProgram(): ProxyProgram {
  const executable = Deno.env.get(EXECUTABLE_VARIABLE);
  if (executable) return { name: executable, command: executable, args: [], verbosity: 6 };
  const root = new URL("../../", import.meta.url);
  const { tasks } = JSON.parse(Deno.readTextFileSync(new URL("deno.json", root)));
  const [deno, run, ...words]: string[] = tasks.start.split(" ");
  const main = words.pop();
  if (deno !== "deno" || run !== "run" || main !== "main.ts") {
    throw new Error(`Cannot start the proxy with "${tasks.start}": not of the form "deno run … main.ts"`);
  }
  const config = new URL("deno.json", root).pathname;
  const args = ["run", "--quiet", "--config", config, ...words, new URL(main, root).pathname];
  return { name: "proxy", command: Deno.execPath(), args, verbosity: 6 };
}
