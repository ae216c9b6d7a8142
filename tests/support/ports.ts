/**
 * Free TCP ports on 127.0.0.1 for the servers that tests start.
 *
 * The ports lie below the range that the kernel hands out to clients, so that no outgoing connection
 * takes one in the meantime. Those handed out lately are written to a locked file that all test
 * processes of a user share, so that neither parallel test files nor a later test of the same run get
 * the same port again.
 *
 * @module
 */

/** The ports that the shipped configuration files use are left to those who try them by hand. */
const RESERVED_START = 22_100;
const RESERVED_END = 22_300;
/** How long a port stays taken, far longer than a test lives: 15,000 ports are plenty for that time. */
const KEEP_MS = 15 * 60_000;
/** Tries per port; at any load of a developer's machine most ports of the range are free. */
const TRIES = 2_000;

/**
 * Finds a free port.
 *
 * @returns A port of 127.0.0.1 that nothing listens on and that no other test has got.
 */
export function freePort(): number {
  return freePorts(1)[0];
}

/** Where ports are taken from. */
export interface PortRange {
  /** The first port. */
  readonly start: number;
  /** The port after the last one. */
  readonly end: number;
  /** The file that says which ones were handed out lately. */
  readonly claimsPath: string;
}

const TEST_PORTS: PortRange = {
  start: 15_000,
  // Linux gives clients 32768 and up.
  end: 30_000,
  claimsPath: `${Deno.env.get("TMPDIR") ?? "/tmp"}/nutcracker-test-ports-${Deno.uid() ?? 0}`,
};

/**
 * Finds several free ports.
 *
 * @param count How many.
 * @param range Where to take them from.
 * @returns As many different ports, in no order.
 * @throws {Error} If there are none left.
 */
export function freePorts(count: number, range: PortRange = TEST_PORTS): number[] {
  const file = Deno.openSync(range.claimsPath, { read: true, write: true, create: true, mode: 0o600 });
  try {
    file.lockSync(true);
    const nowMs = Date.now();
    const claims = readClaims(file).filter(([, atMs]) => atMs <= nowMs && atMs > nowMs - KEEP_MS);
    const taken = new Set(claims.map(([port]) => port));
    const ports: number[] = [];
    for (let tries = count * TRIES; ports.length < count; tries--) {
      if (tries === 0) throw new Error(`Cannot find ${count} free ports: ${ports.length} found`);
      const port = range.start + Math.floor(Math.random() * (range.end - range.start));
      if (port >= RESERVED_START && port < RESERVED_END) continue;
      if (taken.has(port) || !isFree(port)) continue;
      taken.add(port);
      ports.push(port);
      claims.push([port, nowMs]);
    }
    writeClaims(file, claims);
    return ports;
  } finally {
    file.close();
  }
}

type Claim = [port: number, atMs: number];

function readClaims(file: Deno.FsFile): Claim[] {
  const bytes = new Uint8Array(file.statSync().size);
  let length = 0;
  for (;;) {
    const count = file.readSync(bytes.subarray(length));
    if (count === null || count === 0) break;
    length += count;
  }
  const lines = new TextDecoder().decode(bytes.subarray(0, length)).split("\n");
  const claims = lines.map((line) => line.split(" ").map(Number) as Claim);
  return claims.filter((claim) => claim.length === 2 && claim.every(Number.isSafeInteger));
}

function writeClaims(file: Deno.FsFile, claims: readonly Claim[]): void {
  const bytes = new TextEncoder().encode(claims.map(([port, atMs]) => `${port} ${atMs}\n`).join(""));
  file.truncateSync(0);
  file.seekSync(0, Deno.SeekMode.Start);
  for (let written = 0; written < bytes.length;) written += file.writeSync(bytes.subarray(written));
}

function isFree(port: number): boolean {
  try {
    Deno.listen({ hostname: "127.0.0.1", port }).close();
    return true;
  } catch {
    return false;
  }
}
