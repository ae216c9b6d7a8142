import { assertEquals, assertNotEquals } from "@std/assert";
import { formatStats } from "../../../src/stats/json.ts";
import { startNutcracker } from "../../support/nutcracker.ts";
import { freePorts } from "../../support/ports.ts";
import { realTest } from "../../support/programs.ts";
import { connect } from "../../support/wire.ts";
import { makePool, makeSnapshot } from "./snapshots.ts";

Deno.test("the statistics have the reference's shape, byte for byte", () => {
  const pools = [makePool("beta", ["s1", "s2"]), makePool("alpha", ["s3"], 1000)];
  assertEquals(
    formatStats(makeSnapshot(pools)),
    '{"service":"nutcracker", "source":"host", "version":"1.0.0", "uptime":2, "timestamp":1795162324, ' +
      '"total_connections":12, "curr_connections":9, ' +
      '"beta": {"client_eof":0, "client_err":1, "client_connections":2, "server_ejects":3, "forward_error":4, ' +
      '"fragments":5, ' +
      '"s1": {"server_eof":100, "server_err":101, "server_timedout":102, "server_connections":103, ' +
      '"server_ejected_at":104, "requests":105, "request_bytes":106, "responses":107, "response_bytes":108, ' +
      '"in_queue":109, "in_queue_bytes":110, "out_queue":111, "out_queue_bytes":112},' +
      '"s2": {"server_eof":200, "server_err":201, "server_timedout":202, "server_connections":203, ' +
      '"server_ejected_at":204, "requests":205, "request_bytes":206, "responses":207, "response_bytes":208, ' +
      '"in_queue":209, "in_queue_bytes":210, "out_queue":211, "out_queue_bytes":212}},' +
      '"alpha": {"client_eof":1000, "client_err":1001, "client_connections":1002, "server_ejects":1003, ' +
      '"forward_error":1004, "fragments":1005, ' +
      '"s3": {"server_eof":1100, "server_err":1101, "server_timedout":1102, "server_connections":1103, ' +
      '"server_ejected_at":1104, "requests":1105, "request_bytes":1106, "responses":1107, "response_bytes":1108, ' +
      '"in_queue":1109, "in_queue_bytes":1110, "out_queue":1111, "out_queue_bytes":1112}}}\n',
  );
});

Deno.test("no pools and no servers are still JSON", () => {
  assertEquals(JSON.parse(formatStats(makeSnapshot([]))).curr_connections, 9);
  assertEquals(JSON.parse(formatStats(makeSnapshot([makePool("a", [])]))).a.fragments, 5);
});

Deno.test("microseconds since the epoch are written with every digit", () => {
  const pool = makePool("a", ["s"]);
  pool.servers[0].values[4] = 1_795_162_324_123_456;
  assertEquals(formatStats(makeSnapshot([pool])).includes('"server_ejected_at":1795162324123456,'), true);
});

Deno.test("names are escaped, and read back as they are", () => {
  const names = ['a"b', "c\\d", "e\nf", "\x00\x1b\x7f\x9b", "\u2028", "ä你😀", "__proto__", "</script>", ""];
  for (const name of names) {
    const text = formatStats(makeSnapshot([makePool(name, [name])], { source: name }));
    // deno-lint-ignore no-control-regex
    assertEquals(/[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028]/.test(text), false, text);
    assertEquals(text.indexOf("\n"), text.length - 1);
    const parsed = JSON.parse(text);
    assertEquals(parsed.source, name);
    const pool = Object.getOwnPropertyDescriptor(parsed, name)?.value;
    assertEquals(Object.getOwnPropertyDescriptor(pool, name)?.value.requests, 105);
  }
});

realTest("nutcracker", "with other numbers, the reference writes the same line", async () => {
  const [pool, other, ...ports] = freePorts(5);
  const yml = `
beta:
  listen: 127.0.0.1:${pool}
  redis: true
  servers:
   - 127.0.0.1:${ports[0]}:1 s1
   - 127.0.0.1:${ports[1]}:1
alpha:
  listen: 127.0.0.1:${other}
  servers:
   - 127.0.0.1:${ports[2]}:1 s3
`;
  await using nutcracker = await startNutcracker(yml);
  using collector = await connect(nutcracker.statsPort);
  const theirs = new TextDecoder().decode(await collector.readToEnd());
  const { source, version } = JSON.parse(theirs);
  const ours = formatStats(makeSnapshot(
    // Shorter names first.
    [makePool("beta", ["s1", `127.0.0.1:${ports[1]}`]), makePool("alpha", ["s3"])],
    { source, version },
  ));
  const shape = (text: string) => text.replace(/":\d+/g, '":0');
  assertNotEquals(ours, theirs);
  assertEquals(shape(ours), shape(theirs));
});
