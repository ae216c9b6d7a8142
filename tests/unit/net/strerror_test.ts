import { assertEquals } from "@std/assert";
import { errnoOf, errnoText, isLookupFailure, strerror } from "../../../src/net/strerror.ts";
import { freePort } from "../../support/ports.ts";
import { makeScratchFolder, removeFolder } from "../../support/start.ts";

async function thrownBy(fn: () => unknown): Promise<unknown> {
  try {
    await fn();
  } catch (error) {
    return error;
  }
  throw new Error("nothing was thrown");
}

async function pair(): Promise<[Deno.TcpConn, Deno.TcpConn]> {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const connecting = Deno.connect({ hostname: "127.0.0.1", port: listener.addr.port });
  return [await listener.accept(), await connecting];
}

Deno.test("what the platform throws is put into POSIX's words", async (t) => {
  const folder = await makeScratchFolder();
  const file = `${folder}/file`;
  Deno.writeTextFileSync(file, "");
  const append = { append: true, create: true } as const;
  using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = taken.addr;
  const cases: [string, () => unknown, string][] = [
    ["refused", () => Deno.connect({ hostname: "127.0.0.1", port: freePort() }), "Connection refused"],
    ["taken", () => Deno.listen({ hostname: "127.0.0.1", port }), "Address already in use"],
    ["not ours", () => Deno.listen({ hostname: "192.0.2.1", port: 0 }), "Cannot assign requested address"],
    ["no name", () => Deno.connect({ hostname: "name.invalid", port: 1 }), "Host is down"],
    [
      "no socket",
      () => Deno.connect({ transport: "unix", path: `${folder}/x` }),
      "No such file or directory",
    ],
    ["no folder", () => Deno.open(`${folder}/x/y`, append), "No such file or directory"],
    ["not a folder", () => Deno.open(`${file}/y`, append), "Not a directory"],
    ["a folder", () => Deno.open(folder, append), "Is a directory"],
    ["too long", () => Deno.open(`${folder}/${"x".repeat(300)}`, append), "File name too long"],
  ];
  for (const [name, fn, text] of cases) {
    await t.step(name, async () => assertEquals(strerror(await thrownBy(fn)), text));
  }
  await removeFolder(folder);
});

Deno.test("a write to a closed peer is a reset or a broken pipe", async () => {
  const [server, client] = await pair();
  server.close();
  const error = await thrownBy(async () => {
    for (;;) await client.write(new Uint8Array(1));
  });
  client.close();
  assertEquals(["Broken pipe", "Connection reset by peer"].includes(strerror(error)), true, strerror(error));
});

Deno.test("a connection closed under a read is an interruption or a bad descriptor", async () => {
  const [server, client] = await pair();
  const reading = thrownBy(() => client.read(new Uint8Array(1)));
  client.close();
  server.close();
  const text = strerror(await reading);
  assertEquals(["Interrupted system call", "Bad file descriptor"].includes(text), true, text);
});

Deno.test("classes without a code are known by their names", () => {
  assertEquals(strerror(new Deno.errors.ConnectionReset("x")), "Connection reset by peer");
  assertEquals(strerror(new Deno.errors.TimedOut("x")), "Connection timed out");
  assertEquals(strerror(new Deno.errors.BrokenPipe("x")), "Broken pipe");
  assertEquals(strerror(new Deno.errors.NotCapable("x")), "Operation not permitted");
  assertEquals(errnoOf(new Deno.errors.PermissionDenied("x")), "EACCES");
});

Deno.test("a code alone is enough", () => {
  for (const [code, text] of Object.entries(errnoText)) assertEquals(strerror({ code }), text);
  assertEquals(errnoOf({ code: "toString" }), null);
});

Deno.test("what has no number keeps the platform's own words, on one line", () => {
  assertEquals(strerror(new Error("File too large (os error 27): open 'x'")), "File too large");
  assertEquals(strerror(new Error("first\r\nsecond")), "first");
  assertEquals(strerror(new Error("a\tb\x1b[1m")), "a b [1m");
  assertEquals(strerror(new Error("")), "Unknown error");
  assertEquals(strerror("text"), "text");
  assertEquals(strerror(null), "null");
  assertEquals(strerror(undefined), "undefined");
  assertEquals(errnoOf(new Error("x")), null);
  assertEquals(isLookupFailure("failed to lookup address information"), false);
});
