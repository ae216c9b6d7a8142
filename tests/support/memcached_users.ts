/**
 * Memcacheds that ask for a password: by SASL, or in the text protocol by a file.
 *
 * @module
 */

import { type MemcachedServer, startMemcached } from "./memcached_server.ts";
import { requireProgram } from "./programs.ts";

/** The user that these servers know. */
export const USER = "bob";
/** Its password. */
export const PASSWORD = "hidden-bob";

/**
 * Starts a memcached that takes the text protocol from who knows the password.
 *
 * @param folder Where its files go.
 * @returns The running server.
 */
export async function startTextAuthMemcached(folder: string): Promise<MemcachedServer> {
  const path = `${folder}/users.txt`;
  await Deno.writeTextFile(path, `${USER}:${PASSWORD}\n`);
  return await startMemcached({ args: ["-Y", path] });
}

/**
 * Starts a memcached that takes the binary protocol from who has logged in by SASL.
 *
 * @param folder Where its files go.
 * @returns The running server.
 */
export async function startSaslMemcached(folder: string): Promise<MemcachedServer> {
  const database = `${folder}/sasldb`;
  const child = new Deno.Command(requireProgram("saslpasswd2"), {
    args: ["-p", "-c", "-a", "memcached", "-f", database, USER],
    stdin: "piped",
    stdout: "null",
    stderr: "null",
  }).spawn();
  const stdin = child.stdin.getWriter();
  await stdin.write(new TextEncoder().encode(`${PASSWORD}\n`));
  await stdin.close();
  const { success } = await child.status;
  if (!success) throw new Error(`Cannot make user "${USER}": saslpasswd2 failed`);
  const settings = [
    "mech_list: plain",
    "pwcheck_method: auxprop",
    "auxprop_plugin: sasldb",
    `sasldb_path: ${database}`,
    "log_level: 0",
  ];
  await Deno.writeTextFile(`${folder}/memcached.conf`, `${settings.join("\n")}\n`);
  return await startMemcached({ args: ["-S"], env: { SASL_CONF_PATH: folder } });
}
