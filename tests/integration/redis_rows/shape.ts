/**
 * What a reply looks like, apart from what is in it.
 *
 * @module
 */

/**
 * Describes a reply: the types of its elements, each once, and the keys of maps.
 *
 * @param bytes A whole reply.
 * @returns A text that is the same for replies of one shape.
 */
export function shapeOf(bytes: Uint8Array): string {
  let at = 0;
  return describe();

  function line(): string {
    const end = bytes.indexOf(0x0d, at);
    const text = new TextDecoder().decode(bytes.subarray(at, end));
    at = end + 2;
    return text;
  }

  function describe(): string {
    const head = line();
    const [type, length] = [head[0], Number(head.slice(1))];
    switch (type) {
      case "$":
      case "=":
      case "!":
        if (length >= 0) at += length + 2;
        return length < 0 ? "nil" : type;
      case "*":
      case "~":
      case ">": {
        if (length < 0) return "nil";
        const elements = Array.from({ length }, () => describe());
        return `${type}(${[...new Set(elements)].sort().join(" ")})`;
      }
      case "%": {
        const entries = Array.from({ length }, () => {
          const start = at;
          describe();
          const key = new TextDecoder().decode(bytes.subarray(start, at)).replace(/^\$\d+\r\n/, "").trim();
          return `${key}: ${describe()}`;
        });
        return `%(${entries.sort().join(", ")})`;
      }
      case "_":
        return "nil";
      default:
        return type;
    }
  }
}
