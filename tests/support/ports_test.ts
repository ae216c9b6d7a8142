import { assert, assertEquals, assertThrows } from "@std/assert";
import { freePort, freePorts, type PortRange } from "./ports.ts";

Deno.test("ports: they differ, lie below the ephemeral range and can be bound", () => {
  const ports = [...freePorts(20), freePort(), freePort()];
  assertEquals(new Set(ports).size, ports.length);
  for (const port of ports) {
    assert(port >= 15_000 && port < 30_000, `${port} is out of range`);
    Deno.listen({ hostname: "127.0.0.1", port }).close();
  }
});

Deno.test("ports: processes that share a range get different ones until there are none left", async () => {
  const claimsPath = await Deno.makeTempFile();
  try {
    const range: PortRange = { start: 14_000, end: 14_400, claimsPath };
    const module = new URL("ports.ts", import.meta.url).href;
    const code = `import { freePorts } from ${JSON.stringify(module)};
      for (let i = 0; i < 50; i++) console.log(freePorts(2, ${JSON.stringify(range)}).join("\\n"))`;
    const commands = Array.from(
      { length: 3 },
      () => new Deno.Command(Deno.execPath(), { args: ["eval", code] }),
    );
    const outputs = await Promise.all(commands.map((command) => command.output()));
    const ports = outputs.flatMap(({ stdout }) =>
      new TextDecoder().decode(stdout).trim().split("\n").map(Number)
    );
    assertEquals(ports.length, 300);
    assertEquals(new Set(ports).size, 300);
    assertThrows(() => freePorts(101, range), Error, "Cannot find 101 free ports");
  } finally {
    await Deno.remove(claimsPath);
  }
});
