/**
 * Bytes as a failed test shows them.
 *
 * @module
 */

/** How many bytes of a long array are shown, half of them from its end. */
export const SHOWN_BYTES_MAX = 400;

/**
 * Shows bytes to people.
 *
 * @param bytes The bytes.
 * @returns Quoted text with escapes for all that is not printable ASCII; the middle of a long one is cut.
 */
export function showBytes(bytes: Uint8Array): string {
  const half = SHOWN_BYTES_MAX / 2;
  if (bytes.length > SHOWN_BYTES_MAX) {
    const cut = bytes.length - SHOWN_BYTES_MAX;
    return `"${escapeAll(bytes.subarray(0, half))}" … ${cut} bytes … "${escapeAll(bytes.subarray(-half))}"`;
  }
  return `"${escapeAll(bytes)}"`;
}

function escapeAll(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) {
    if (byte === 0x0d) text += "\\r";
    else if (byte === 0x0a) text += "\\n";
    else if (byte === 0x22 || byte === 0x5c) text += `\\${String.fromCharCode(byte)}`;
    else if (byte >= 0x20 && byte < 0x7f) text += String.fromCharCode(byte);
    else text += `\\x${byte.toString(16).padStart(2, "0")}`;
  }
  return text;
}
