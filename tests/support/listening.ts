/**
 * Whether a certain process listens somewhere, as the kernel sees it.
 *
 * Unlike a connection made to find out, this leaves no trace in the server's statistics and is not
 * deceived by another process that has the port.
 *
 * @module
 */

/** The state LISTEN in /proc/net/tcp, in hexadecimal. */
const TCP_LISTEN = "0A";
/** The flag of a listening socket in /proc/net/unix (SO_ACCEPTCON), in hexadecimal. */
const UNIX_LISTEN = "00010000";

/**
 * Tells whether a process listens on some addresses.
 *
 * @param pid The process.
 * @param addresses TCP ports of any local address, and paths of Unix sockets.
 * @returns True if it listens on all of them. Where there is no /proc, whether anybody does.
 * @throws {Deno.errors.NotFound} If the process has ended.
 */
export async function listens(pid: number, ...addresses: readonly (number | string)[]): Promise<boolean> {
  if (!hasProc()) return (await Promise.all(addresses.map(accepts))).every(Boolean);
  const inodes = socketInodes(pid);
  const missing = new Set(addresses);
  // The kernel takes about 10 ms to list the TCP sockets of a busy machine, so no table is read in vain.
  for (const table of [unixListeners, () => tcpListeners("tcp"), () => tcpListeners("tcp6")]) {
    if (inodes.size === 0 || missing.size === 0) break;
    for (const { address, inode } of table()) {
      if (inodes.has(inode)) missing.delete(address);
    }
  }
  return missing.size === 0;
}

interface Listener {
  readonly address: number | string;
  readonly inode: string;
}

function tcpListeners(table: "tcp" | "tcp6"): Listener[] {
  return procTable(table, ` ${TCP_LISTEN} `)
    .filter((row) => row[3] === TCP_LISTEN)
    .map((row) => ({ address: parseInt(row[1].slice(row[1].lastIndexOf(":") + 1), 16), inode: row[9] }));
}

function unixListeners(): Listener[] {
  return procTable("unix", ` ${UNIX_LISTEN} `)
    .filter((row) => row[3] === UNIX_LISTEN && row[7] !== undefined)
    .map((row) => ({ address: row[7], inode: row[6] }));
}

/** The inodes of all sockets that a process has open. */
function socketInodes(pid: number): Set<string> {
  const inodes = new Set<string>();
  for (const { name } of Deno.readDirSync(`/proc/${pid}/fd`)) {
    try {
      const found = /^socket:\[(\d+)\]$/.exec(Deno.readLinkSync(`/proc/${pid}/fd/${name}`));
      if (found !== null) inodes.add(found[1]);
    } catch (error) {
      // A descriptor may be closed while the folder is read.
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
  return inodes;
}

/** The rows of a table in /proc/net that contain a text, as words; none where there is no such table. */
function procTable(name: string, part: string): string[][] {
  try {
    // Closed connections linger here by the thousand, so only rows that matter are taken apart.
    const lines = Deno.readTextFileSync(`/proc/net/${name}`).split("\n").filter((line) =>
      line.includes(part)
    );
    return lines.map((line) => line.trim().split(/\s+/));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

function hasProc(): boolean {
  try {
    return Deno.statSync("/proc/self/fd").isDirectory;
  } catch {
    return false;
  }
}

async function accepts(address: number | string): Promise<boolean> {
  try {
    const conn = typeof address === "number"
      ? await Deno.connect({ hostname: "127.0.0.1", port: address })
      : await Deno.connect({ transport: "unix", path: address });
    conn.close();
    return true;
  } catch {
    return false;
  }
}
