import { assert, assertEquals } from "@std/assert";
import { sourcesOf } from "./debian_sources.ts";
import { fetchNewer } from "./fetch_newer.ts";
import { findNewer, newerFolder } from "./newer_programs.ts";
import { makeScratchFolder, removeFolder } from "./start.ts";

const DEBIAN = 'PRETTY_NAME="Debian GNU/Linux"\nVERSION_CODENAME=bookworm\nID=debian\n';

Deno.test("newer programs: the machine's own sources are taken, for the other release", () => {
  const files = new Map([
    [
      "debian.sources",
      "Types: deb deb-src\n# a mirror\nURIs: http://mirror.example/debian\nSuites: bookworm bookworm-updates\n" +
      "Components: main contrib\nSigned-By:\n -----BEGIN-----\n .\n key\n\n" +
      "Types: deb\nURIs: http://mirror.example/security\nSuites: bookworm-security\nComponents: main\n\n" +
      "Enabled: no\nTypes: deb\nURIs: http://off.example\nSuites: bookworm\nComponents: main\n",
    ],
    [
      "sources.list",
      "deb [arch=amd64 signed-by=/keys/one.gpg] http://other.example/debian bookworm main non-free # why\n" +
      "# deb http://off.example bookworm main\ndeb-src http://off.example bookworm main\n" +
      "deb http://off.example bookworm-backports main\ndeb http://off.example bookworm stable\n",
    ],
  ]);
  assertEquals(
    sourcesOf(DEBIAN, files, "trixie"),
    "Types: deb\nURIs: http://mirror.example/debian\nSuites: trixie\nComponents: main\n" +
      "Signed-By: \n -----BEGIN-----\n .\n key\n\n" +
      "Types: deb\nURIs: http://other.example/debian\nSuites: trixie\nComponents: main\n" +
      "Signed-By: /keys/one.gpg\n",
  );
});

Deno.test("newer programs: other systems and unknown lists have none", () => {
  const files = new Map([["sources.list", "deb http://mirror.example/ubuntu noble main\n"]]);
  assertEquals(sourcesOf("ID=ubuntu\nVERSION_CODENAME=noble\n", files, "trixie"), null);
  assertEquals(sourcesOf(DEBIAN, files, "trixie"), null);
  assertEquals(sourcesOf("", new Map(), "trixie"), null);
});

Deno.test("newer programs: what has been fetched is not fetched again", async () => {
  const folder = await makeScratchFolder();
  try {
    assertEquals(findNewer("memcached", folder), null);
    await Deno.mkdir(`${folder}/bin`);
    for (const program of ["redis-server", "redis-cli", "valkey-server", "memcached"] as const) {
      await Deno.writeTextFile(`${folder}/bin/${program}`, "");
      assertEquals(findNewer(program, folder), `${folder}/bin/${program}`);
    }
    assert(await fetchNewer(folder, (text) => assertEquals(text, "")));
    assertEquals(await fetchNewer(null), false);
  } finally {
    await removeFolder(folder);
  }
  assert(newerFolder() === null || newerFolder()!.startsWith("/"));
});

Deno.test("newer programs: where they cannot be kept the reason is told in one line", async () => {
  const folder = await makeScratchFolder();
  let shown = "";
  try {
    await Deno.writeTextFile(`${folder}/file`, "");
    assertEquals(await fetchNewer(`${folder}/file/below`, (text) => void (shown += text)), false);
  } finally {
    await removeFolder(folder);
  }
  assert(/^Fetching [^\n]+: [^\n]+ The tests that need them are left out\.\n$/.test(shown), shown);
});
