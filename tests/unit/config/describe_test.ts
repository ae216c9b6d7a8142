import { assertEquals } from "@std/assert";
import { describeConfig } from "../../../src/config/describe.ts";
import { loadConfig } from "../../../src/config/load.ts";
import { OPTIONS } from "../../../src/config/options.ts";

const FILE = `a:
  listen: 127.0.0.1:22121
  redis: true
  redis_auth: geheim
  hash_tag: "{}"
  timeout: 400
  servers:
  - 127.0.0.1:6379:1 one
  - "[::1]:6380:2 two"
`;

Deno.test("a configuration is described in the words of its file, without its secrets", () => {
  const { a } = describeConfig(loadConfig("x.yml", FILE));
  assertEquals(Object.keys(a), OPTIONS.map(({ key }) => key));
  const { listen, redis, redis_auth, hash, hash_tag, timeout, max_key_size, servers } = a;
  assertEquals({ listen, redis, redis_auth, hash, hash_tag, timeout, max_key_size, servers }, {
    listen: "127.0.0.1:22121",
    redis: true,
    redis_auth: "***",
    hash: "fnv1a_64",
    hash_tag: "{}",
    timeout: 400,
    max_key_size: null,
    servers: ["127.0.0.1:6379:1 one", "[::1]:6380:2 two"],
  });
});
