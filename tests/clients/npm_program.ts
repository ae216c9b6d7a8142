/**
 * Runs programs that use packages of npm, each with a lock file of its own, so that who runs the proxy need not download
 * them.
 *
 * @module
 */

import { assertEquals } from "@std/assert";

/**
 * Runs the script of a client library against a server.
 *
 * @param program The module that has the script; its lock file has its name.
 * @param name The client's name in it.
 * @param port The server's port of 127.0.0.1.
 * @returns The lines of the transcript.
 */
export async function runNpmClient(program: URL, name: string, port: number): Promise<string[]> {
  const lock = program.pathname.replace(/ts$/, "lock");
  // Old packages inherit by assigning to __proto__.
  const args = ["run", "-A", "--quiet", "--unsafe-proto", "--no-config", `--lock=${lock}`, "--frozen"];
  args.push(program.pathname, name, `${port}`);
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), { args }).output();
  const decoder = new TextDecoder();
  assertEquals(code, 0, decoder.decode(stderr));
  const lines = decoder.decode(stdout).trim().split("\n");
  assertEquals(lines.filter((line) => line.startsWith("connection => ")), []);
  return lines;
}
