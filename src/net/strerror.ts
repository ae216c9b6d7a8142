/**
 * POSIX's words for what went wrong, as clients of the proxy and readers of its log know them.
 *
 * @module
 */

/** What strerror(3) of glibc says for each error number. */
export const errnoText = {
  EACCES: "Permission denied",
  EADDRINUSE: "Address already in use",
  EADDRNOTAVAIL: "Cannot assign requested address",
  EBADF: "Bad file descriptor",
  ECONNABORTED: "Software caused connection abort",
  ECONNREFUSED: "Connection refused",
  ECONNRESET: "Connection reset by peer",
  EEXIST: "File exists",
  EHOSTDOWN: "Host is down",
  EHOSTUNREACH: "No route to host",
  EINTR: "Interrupted system call",
  EINVAL: "Invalid argument",
  EIO: "Input/output error",
  EISDIR: "Is a directory",
  EMFILE: "Too many open files",
  ENAMETOOLONG: "File name too long",
  ENETUNREACH: "Network is unreachable",
  ENFILE: "Too many open files in system",
  ENOENT: "No such file or directory",
  ENOSPC: "No space left on device",
  ENOTCONN: "Transport endpoint is not connected",
  ENOTDIR: "Not a directory",
  EPERM: "Operation not permitted",
  EPIPE: "Broken pipe",
  EROFS: "Read-only file system",
  ETIMEDOUT: "Connection timed out",
} as const;

/** The name of an error number, such as `ECONNREFUSED`. */
export type Errno = keyof typeof errnoText;

/** Classes of Deno that are thrown without a `code`, or may be. */
const classes: Readonly<Record<string, Errno>> = {
  AddrInUse: "EADDRINUSE",
  AddrNotAvailable: "EADDRNOTAVAIL",
  AlreadyExists: "EEXIST",
  BadResource: "EBADF",
  BrokenPipe: "EPIPE",
  ConnectionAborted: "ECONNABORTED",
  ConnectionRefused: "ECONNREFUSED",
  ConnectionReset: "ECONNRESET",
  Interrupted: "EINTR",
  IsADirectory: "EISDIR",
  NetworkUnreachable: "ENETUNREACH",
  NotADirectory: "ENOTDIR",
  NotCapable: "EPERM",
  NotConnected: "ENOTCONN",
  NotFound: "ENOENT",
  PermissionDenied: "EACCES",
  TimedOut: "ETIMEDOUT",
};

/** How Deno begins the message of an error that says that a host name has no address; it has no code. */
const LOOKUP_FAILED = "failed to lookup address information";

/**
 * Says whether an error means that a host name could not be resolved.
 *
 * @param error What `Deno.connect` or `Deno.listen` threw.
 * @returns True if it does.
 */
export function isLookupFailure(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith(LOOKUP_FAILED);
}

/**
 * Finds the error number of what a call of Deno threw.
 *
 * @param error What was thrown.
 * @returns Its name; `EHOSTDOWN`, as in the reference, for a host name without an address; null if it has none.
 */
export function errnoOf(error: unknown): Errno | null {
  if (typeof error !== "object" || error === null) return null;
  const { code, name } = error as { code?: unknown; name?: unknown };
  if (typeof code === "string" && Object.hasOwn(errnoText, code)) return code as Errno;
  if (isLookupFailure(error)) return "EHOSTDOWN";
  if (typeof name === "string" && Object.hasOwn(classes, name)) return classes[name];
  return null;
}

/**
 * Puts an error into POSIX's words.
 *
 * @param error What was thrown.
 * @returns strerror(3)'s text; for an error that has no number, the first line of its message. Holds no control characters.
 */
export function strerror(error: unknown): string {
  const errno = errnoOf(error);
  if (errno !== null) return errnoText[errno];
  const message = error instanceof Error ? error.message : String(error);
  // "File too large (os error 27): open 'x'": the platform has the words already, and adds to them.
  const words = /^(.*?)(?: \(os error \d+\)|[\r\n]|$)/.exec(message)![1];
  // deno-lint-ignore no-control-regex
  return words.replace(/[\x00-\x1f\x7f]/g, " ").trim() || "Unknown error";
}
