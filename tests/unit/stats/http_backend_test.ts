import { assertEquals } from "@std/assert";
import { nullLog } from "../../../src/log/log.ts";
import { startHttpBackend } from "../../../src/stats/http_backend.ts";
import { connect } from "../../support/wire.ts";

const REQUEST = "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";

Deno.test("the HTTP server behind the port answers nobody but those that it connected itself", async () => {
  const backend = startHttpBackend(() => new Response("ours"), nullLog);
  const conn = await backend.connect({ isLocal: true });
  await conn.write(new TextEncoder().encode(REQUEST));
  const chunk = new Uint8Array(1000);
  const text = new TextDecoder().decode(chunk.subarray(0, await conn.read(chunk) ?? 0));
  assertEquals([text.split("\r\n")[0], text.slice(-4)], ["HTTP/1.1 200 OK", "ours"]);
  using stranger = await connect((conn.remoteAddr as Deno.NetAddr).port);
  await stranger.send(REQUEST);
  assertEquals(await stranger.readLine(), "HTTP/1.1 403 Forbidden");
  await stranger.readToEnd();
  backend.disconnect(conn);
  backend.disconnect(conn);
  await backend.close();
});
