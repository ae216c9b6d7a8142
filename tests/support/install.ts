/**
 * Installs the real programs that tests need, where this may be done without asking: as root, with
 * apt-get.
 *
 * @module
 */

import { findProgram, PROGRAM_PACKAGES, type ProgramName } from "./programs.ts";

/** What installing needs from the machine. */
export interface Machine {
  /** Looks a program up; null if it is not there. */
  find(program: ProgramName): string | null;
  /** Whether packages may be installed here. */
  mayInstall(): boolean;
  /** Runs apt-get with these arguments; returns null, or what it said if it failed. */
  aptGet(args: readonly string[]): Promise<string | null>;
  /** Keeps packages from starting their services; returns what ends that. */
  forbidServices(): () => void;
  /** Shows a part of the progress. */
  show(text: string): void;
}

/**
 * Makes sure that programs are there.
 *
 * @param programs Which ones.
 * @param machine Where.
 * @returns Those that are still missing.
 */
export async function installPrograms(
  programs: readonly ProgramName[],
  machine: Machine = thisMachine,
): Promise<ProgramName[]> {
  const isMissing = (program: ProgramName) => machine.find(program) === null;
  const missing = programs.filter(isMissing);
  if (missing.length === 0 || !machine.mayInstall()) return missing;
  machine.show(`Installing ${missing.join(", ")} with apt-get:`);
  const allowServices = machine.forbidServices();
  try {
    machine.show(" lists");
    // Old lists may still do.
    if ((await machine.aptGet(["update"])) !== null) machine.show(" (not updated)");
    for (const name of new Set(missing.map((program) => PROGRAM_PACKAGES[program]))) {
      machine.show(`, ${name}`);
      const problem = await machine.aptGet(["install", "--yes", "--no-install-recommends", name]);
      if (problem !== null) machine.show(` (failed: ${problem})`);
    }
  } finally {
    allowServices();
    machine.show(".\n");
  }
  return missing.filter(isMissing);
}

const APT_GET = "/usr/bin/apt-get";
/** Debian's packages ask this program before they start or stop a service; 101 means: do not. */
const SERVICE_POLICY = "/usr/sbin/policy-rc.d";

/** The machine that the tests run on. */
export const thisMachine: Machine = {
  find: findProgram,
  mayInstall: () => Deno.uid() === 0 && isFile(APT_GET),
  async aptGet(args) {
    const { success, stderr } = await new Deno.Command(APT_GET, {
      args: ["--quiet", "-o", "DPkg::Lock::Timeout=300", ...args],
      env: { DEBIAN_FRONTEND: "noninteractive" },
      stdin: "null",
    }).output();
    if (success) return null;
    return new TextDecoder().decode(stderr).trim().split("\n").at(-1) ?? "no reason given";
  },
  forbidServices() {
    if (isFile(SERVICE_POLICY)) return () => {};
    Deno.writeTextFileSync(SERVICE_POLICY, "#!/bin/sh\nexit 101\n", { mode: 0o755 });
    return () => Deno.removeSync(SERVICE_POLICY);
  },
  show: (text) => void Deno.stderr.writeSync(new TextEncoder().encode(text)),
};

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}
