import { assert, assertEquals, assertMatch } from "@std/assert";
import { formatOptionTable } from "../../../src/config/option_table.ts";
import { findOption, OPTIONS } from "../../../src/config/options.ts";

/** Every directive and its default: as the manual of the reference has them, and our own. */
const defaults: Readonly<Record<string, string | null>> = {
  listen: null,
  redis: "false",
  hash: "fnv1a_64",
  hash_tag: null,
  distribution: "ketama",
  timeout: "0",
  connect_timeout: "0",
  backlog: "512",
  client_connections: "0",
  client_idle_timeout: "0",
  client_timeout: "60000",
  client_output_buffer_limit: "1048576",
  client_requests_limit: "16384",
  private_connections: "1024",
  tcpkeepalive: "false",
  reuseport: "false",
  redis_auth: null,
  redis_db: "0",
  databases: null,
  client_auth: null,
  client_auth_file: null,
  server_auth: null,
  preconnect: "false",
  server_connections: "1",
  server_queue_limit: "67108864",
  auto_eject_hosts: "false",
  server_retry_timeout: "30000",
  server_failure_limit: "2",
  eject_policy: "rehash",
  eject_last: "true",
  allow_dangerous: "false",
  commands: null,
  mget_on_error: "error",
  join_gets: "true",
  dns_refresh: "30000",
  max_request_size: "1073741824",
  max_key_size: null,
  max_arguments: "1048576",
  ready_min_servers: "1",
  slowlog_threshold: "10",
  mask_keys: "false",
  servers: null,
};

Deno.test("the table has every directive, with its default", () => {
  assertEquals(Object.fromEntries(OPTIONS.map(({ key, fallback }) => [key, fallback])), defaults);
});

Deno.test("no directive is there twice, and no field is set by two", () => {
  assertEquals(new Set(OPTIONS.map(({ key }) => key)).size, OPTIONS.length);
  assertEquals(new Set(OPTIONS.map(({ field }) => field)).size, OPTIONS.length);
});

Deno.test("only the servers and the address for clients are required", () => {
  assertEquals(OPTIONS.filter(({ required }) => required).map(({ key }) => key), ["listen", "servers"]);
});

Deno.test("a directive is found by its exact name", () => {
  for (const option of OPTIONS) assert(findOption(option.key) === option, option.key);
  for (const key of ["", "Listen", "hash ", "constructor"]) assertEquals(findOption(key), null);
});

Deno.test("every sentence is one", () => {
  for (const { key, sentence } of OPTIONS) assertMatch(sentence, /^[A-Z].*[^.]\.$/, key);
});

Deno.test("the table for people has a row for each directive", () => {
  const lines = formatOptionTable().trimEnd().split("\n");
  assertEquals(lines[0], "| directive | value | default | meaning |");
  assertEquals(lines.length, OPTIONS.length + 2);
  for (const [i, { key }] of OPTIONS.entries()) {
    assert(lines[i + 2].startsWith(`| \`${key}\` | `), lines[i + 2]);
  }
  const row = (key: string) => lines.find((line) => line.includes(`\`${key}\``));
  assertEquals(
    row("listen"),
    "| `listen` | `host:port` or `/path [mode]` | required | Where clients connect. |",
  );
  assertMatch(row("redis_db") ?? "", /\| number \| `0` \| .* Only for redis\. \|$/);
  assertMatch(row("hash_tag") ?? "", /\| two characters \| none \| /);
});
