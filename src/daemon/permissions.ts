/**
 * THE table of the permissions that the program has, and what is said when one is missing.
 *
 * The executable is compiled with all of them; `deno task start` has those that a program run by `deno` should have.
 *
 * @module
 */

/** One permission. */
export interface PermissionRow {
  /** How it is granted on Deno's command line. */
  readonly flag: string;
  /** How it is asked for. */
  readonly descriptor: Deno.PermissionDescriptor;
  /** What it is for, for README. */
  readonly purpose: string;
  /** When the program does without it; empty if it never does. */
  readonly unless: string;
  /** Whether only the executable has it. */
  readonly onlyCompiled: boolean;
}

/** The program's own file while it runs: the one program that it may start. */
export const OWN_EXECUTABLE = "/proc/self/exe";

/** Every permission that the program has; what is not here (environment, FFI, other programs) it never has. */
export const PERMISSIONS: readonly PermissionRow[] = [
  {
    flag: "--allow-net",
    descriptor: { name: "net" },
    purpose: "clients, servers, host names, the statistics' port",
    unless: "",
    onlyCompiled: false,
  },
  {
    flag: "--allow-read",
    descriptor: { name: "read" },
    purpose: "the configuration, the file of the token, Unix sockets",
    unless: "",
    onlyCompiled: false,
  },
  {
    flag: "--allow-write",
    descriptor: { name: "write" },
    purpose: "the log file, the pid file, Unix sockets",
    unless: "there are no such files and sockets",
    onlyCompiled: false,
  },
  {
    flag: "--allow-sys=hostname",
    descriptor: { name: "sys", kind: "hostname" },
    purpose: "the host's name in the statistics (`source`)",
    unless: "the name may be `unknown`",
    onlyCompiled: false,
  },
  {
    flag: `--allow-run=${OWN_EXECUTABLE}`,
    descriptor: { name: "run", command: OWN_EXECUTABLE },
    purpose: "`-d`: itself once more, and no other program",
    unless: "`-d` is not given",
    onlyCompiled: true,
  },
];

/**
 * What V8 is told: a young generation of 8 MB, which holds less of what ten thousand waiting clients have; and to let the
 * program collect garbage when a burst is over.
 */
export const V8_FLAGS = "--v8-flags=--max-semi-space-size=8,--expose-gc";

/** Thrown when something cannot be done for want of a permission; the message names the flag that grants it. */
export class PermissionError extends Error {
  /** The class's name, as it is printed. */
  override readonly name = "PermissionError";

  /**
   * Makes the error.
   *
   * @param action What cannot be done, as in `read "x.yml"`.
   * @param flag The flag that grants it.
   */
  constructor(action: string, flag: string) {
    const verb = Deno.build.standalone ? "compile" : "run";
    super(`Cannot ${action}: not permitted, ${verb} it with ${flag}`);
  }
}

/**
 * Says whether a permission is granted; nobody is asked for it.
 *
 * @param descriptor The permission.
 * @returns True if it is.
 */
export function isPermitted(descriptor: Deno.PermissionDescriptor): boolean {
  return Deno.permissions.querySync(descriptor).state === "granted";
}

/**
 * Makes sure that a permission is granted, so that the platform neither asks for it nor throws.
 *
 * @param descriptor The permission.
 * @param action What it is needed for, as in `read "x.yml"`.
 * @throws {PermissionError} If it is not granted.
 */
export function requirePermission(descriptor: Deno.PermissionDescriptor, action: string): void {
  if (isPermitted(descriptor)) return;
  const known = PERMISSIONS.find((row) => row.descriptor.name === descriptor.name);
  throw new PermissionError(action, known?.flag ?? `--allow-${descriptor.name}`);
}
