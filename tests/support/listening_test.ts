import { assertEquals, assertRejects } from "@std/assert";
import { listens } from "./listening.ts";
import { makeScratchFolder, removeFolder } from "./start.ts";

const SOMEBODY_ELSE = Deno.ppid;

Deno.test("listening: a TCP listener counts for its own process, a connection for nobody", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr as Deno.NetAddr;
  const [conn, accepted] = await Promise.all([
    Deno.connect({ hostname: "127.0.0.1", port }),
    listener.accept(),
  ]);
  assertEquals(await listens(Deno.pid, port), true);
  assertEquals(await listens(SOMEBODY_ELSE, port), false);
  assertEquals(await listens(Deno.pid, (conn.localAddr as Deno.NetAddr).port), false);
  listener.close();
  assertEquals(await listens(Deno.pid, port), false);
  conn.close();
  accepted.close();
});

Deno.test("listening: IPv6 and Unix sockets", async () => {
  const folder = await makeScratchFolder();
  try {
    const path = `${folder}/listening.sock`;
    using _unix = Deno.listen({ transport: "unix", path });
    assertEquals(await listens(Deno.pid, path), true);
    assertEquals(await listens(SOMEBODY_ELSE, path), false);
    assertEquals(await listens(Deno.pid, `${folder}/none.sock`), false);
    using any = Deno.listen({ hostname: "::", port: 0 });
    const { port } = any.addr as Deno.NetAddr;
    assertEquals(await listens(Deno.pid, port), true);
    assertEquals(await listens(Deno.pid, path, port), true);
    assertEquals(await listens(Deno.pid, path, port, 1), false);
  } finally {
    await removeFolder(folder);
  }
});

Deno.test("listening: a process that has ended listens nowhere", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const child = await new Deno.Command("/bin/true").spawn();
  await child.status;
  await assertRejects(() => listens(child.pid, (listener.addr as Deno.NetAddr).port), Deno.errors.NotFound);
});
