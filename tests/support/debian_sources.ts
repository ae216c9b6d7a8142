/**
 * Where the machine gets Debian's packages from, and the same place for another release.
 *
 * @module
 */

/** One entry of apt's lists of sources, as the newer of its two formats has it. */
type Stanza = ReadonlyMap<string, string>;

/**
 * Takes the entries of the machine's own release and turns them into such of another one.
 *
 * @param osRelease The text of `/etc/os-release`.
 * @param files The texts of apt's lists of sources by their names, which end in `.list` or `.sources`.
 * @param release The other release.
 * @returns The text of a file of sources; null if this is not Debian or its lists are elsewhere.
 */
export function sourcesOf(
  osRelease: string,
  files: ReadonlyMap<string, string>,
  release: string,
): string | null {
  const isDebian = /^ID="?debian"?$/m.test(osRelease);
  const codename = /^VERSION_CODENAME="?(\w+)"?$/m.exec(osRelease)?.[1];
  if (!isDebian || codename === undefined) return null;
  const found: string[] = [];
  for (const [name, text] of files) {
    for (const stanza of name.endsWith(".sources") ? readStanzas(text) : readLines(text)) {
      const words = (field: string) => stanza.get(field)?.split(/\s+/) ?? [];
      if (!words("types").includes("deb") || words("enabled").some((word) => word === "no")) continue;
      if (!words("suites").includes(codename) || !words("components").includes("main")) continue;
      const key = stanza.get("signed-by");
      const lines = [
        "Types: deb",
        `URIs: ${stanza.get("uris")}`,
        `Suites: ${release}`,
        "Components: main",
        ...(key === undefined ? [] : [`Signed-By: ${key}`]),
      ];
      found.push(`${lines.join("\n")}\n`);
    }
  }
  return found.length === 0 ? null : [...new Set(found)].join("\n");
}

function readStanzas(text: string): Stanza[] {
  return text.replaceAll(/^#.*\n/gm, "").split(/\n\s*\n/).map((part) => {
    const fields = part.matchAll(/^([\w-]+):[ \t]*(.*(?:\n[ \t].*)*)/gm);
    return new Map([...fields].map(([, name, value]) => [name.toLowerCase(), value.trimEnd()]));
  });
}

/** Reads lines such as `deb [signed-by=FILE] URI SUITE COMPONENT ...`. */
function readLines(text: string): Stanza[] {
  return [...text.matchAll(/^deb[ \t]+(?:\[([^\]]*)\][ \t]*)?(\S+)[ \t]+(\S+)[ \t]+([^#\n]+)/gm)].map(
    ([, options = "", uri, suite, components]) => {
      const fields = new Map([["types", "deb"], ["uris", uri], ["suites", suite], [
        "components",
        components,
      ]]);
      const key = /(?:^|\s)signed-by=(\S+)/i.exec(options)?.[1];
      return key === undefined ? fields : fields.set("signed-by", key);
    },
  );
}
