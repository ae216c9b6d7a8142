import { assertEquals } from "@std/assert";
import { beginsHttp } from "../../../src/stats/connection.ts";
import { httpHandler } from "../../../src/stats/http_handler.ts";

const handler = httpHandler(() => '{"a":1}\n');
const ask = (path: string, method = "GET") => handler(new Request(`http://host${path}`, { method }));

Deno.test("the root and /stats.json are the statistics", async () => {
  for (const path of ["/", "/stats.json", "/?x=y", "/stats.json?pretty"]) {
    const response = ask(path);
    assertEquals([response.status, await response.text()], [200, '{"a":1}\n']);
    assertEquals(response.headers.get("content-type"), "application/json");
    assertEquals(response.headers.get("cache-control"), "no-store");
  }
});

Deno.test("other paths are not found, and the answer says what there is", async () => {
  for (const path of ["/stats", "/stats.json/", "//", "/metrics"]) {
    const response = ask(path);
    assertEquals([response.status, await response.text()], [
      404,
      "404 Not Found: there is / and /stats.json\n",
    ]);
  }
});

Deno.test("other methods are refused, and the answer says which are not", async () => {
  for (const method of ["POST", "PUT", "DELETE", "OPTIONS", "BREW"]) {
    const response = ask("/", method);
    assertEquals([response.status, response.headers.get("allow")], [405, "GET, HEAD"]);
    assertEquals(await response.text(), "405 Method Not Allowed: there is GET and HEAD\n");
  }
  assertEquals(ask("/", "HEAD").status, 200);
  assertEquals(ask("/none", "POST").status, 404);
});

Deno.test("the first bytes tell HTTP from anything else", () => {
  const begins = (text: string) => beginsHttp(new TextEncoder().encode(text));
  for (
    const text of [
      "G",
      "GET",
      "GET ",
      "GET / HTTP/1.1\r\n",
      "HEAD /",
      "PRI * HTTP/2.0",
      "M-SEARCH * HTTP/1.1",
    ]
  ) {
    assertEquals(begins(text), true, text);
  }
  for (
    const text of [
      "",
      " GET /",
      "get /",
      "stats\r\n",
      "STATS\r\n",
      "\x16\x03\x01",
      "*1\r\n$4\r\nPING\r\n",
      "\0",
    ]
  ) {
    assertEquals(begins(text), false, text);
  }
});
