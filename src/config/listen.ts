/**
 * The value of `listen`: `host:port`, or `/path` with an optional file mode.
 *
 * @module
 */

import { encode } from "../base/ascii.ts";
import type { ListenConfig } from "./config.ts";
import { parsePort, splitAtLast, toHostname } from "./host.ts";
import { ValueError, type ValueKind } from "./values.ts";

/** How many bytes the path of a Unix socket may have: `sizeof(sun_path)` on Linux, less the final zero. */
const UNIX_PATH_BYTES_MAX = 107;

const tcpFormat = "host:port, as in 127.0.0.1:22121 or [::1]:22121";
const unixFormat = "an absolute path and octal permissions up to 0777, as in /run/proxy.sock 0660";

/** Where a pool accepts its clients. */
export const listenKind: ValueKind<ListenConfig> = {
  label: "`host:port` or `/path [mode]`",
  parse: (text) => text.startsWith("/") ? parseUnix(text) : parseTcp(text),
};

function parseTcp(text: string): ListenConfig {
  const split = splitAtLast(text, ":");
  if (split === null) throw new ValueError('has an invalid "hostname:port" format string', tcpFormat);
  const [host, digits] = split;
  const port = parsePort(digits);
  if (port === null) {
    throw new ValueError('has an invalid port in "hostname:port" format string', "a port from 1 to 65535");
  }
  const hostname = toHostname(host);
  if (!isHost(hostname, host.startsWith("["))) {
    throw new ValueError("has an invalid value", `${tcpFormat}; "${host}" is no host`);
  }
  return { text, address: { transport: "tcp", hostname, port }, mode: null };
}

function parseUnix(text: string): ListenConfig {
  const [path, permissions] = splitAtLast(text, " ") ?? [text, ""];
  const mode = parseMode(permissions);
  if (mode === null) {
    const reason = 'has an invalid file permission in "socket_path permission" format string';
    throw new ValueError(reason, unixFormat);
  }
  const length = encode(path).length;
  if (length > UNIX_PATH_BYTES_MAX) {
    throw new ValueError(
      "has an invalid value",
      `a path of at most ${UNIX_PATH_BYTES_MAX} bytes, not ${length}`,
    );
  }
  return { text, address: { transport: "unix", path }, mode: mode === 0 ? null : mode };
}

/**
 * Reads permissions as strtol does: leading blanks, a sign, octal digits, and whatever follows them is
 * not looked at. No digits are 0, and 0 leaves the mode to the umask.
 */
function parseMode(text: string): number | null {
  const [, sign, digits] = /^[\t-\r ]*([+-]?)([0-7]*)/.exec(text) as RegExpExecArray;
  const mode = digits === "" ? 0 : parseInt(digits, 8);
  return mode > 0o777 || (sign === "-" && mode > 0) ? null : mode;
}

/** Whether text can be a host's name or address; a name may still turn out to be unknown. */
function isHost(text: string, isBracketed: boolean): boolean {
  if (text.includes(":")) {
    const address = text.replace(/%[A-Za-z0-9._-]+$/, "");
    return /^[0-9A-Fa-f:.]+$/.test(address) && URL.canParse(`http://[${address}]/`);
  }
  if (isBracketed || !/^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*\.?$/.test(text)) return false;
  return !/^[0-9]+(\.[0-9]+){0,3}$/.test(text) || isNumericHost(text.split("."));
}

/** inet_aton's forms of an IPv4 address: the last number fills the bytes that are left; a leading 0 means octal. */
function isNumericHost(parts: readonly string[]): boolean {
  return parts.every((part, i) => {
    const isOctal = part.length > 1 && part.startsWith("0");
    const value = isOctal ? parseInt(/^[0-7]+$/.test(part) ? part : "NaN", 8) : Number(part);
    const bytes = i === parts.length - 1 ? 4 - i : 1;
    return value < 256 ** bytes;
  });
}
