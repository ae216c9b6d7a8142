import { assert, assertEquals, assertThrows } from "@std/assert";
import { encode } from "../../../src/base/ascii.ts";
import type { PoolConfig } from "../../../src/config/config.ts";
import { describeConfig } from "../../../src/config/describe.ts";
import { ConfigError } from "../../../src/config/error.ts";
import { loadConfig } from "../../../src/config/load.ts";
import type { Outside } from "../../../src/config/structures.ts";

const HEAD = "a:\n  listen: 127.0.0.1:1\n  servers:\n  - h:1:1\n";
const REDIS = `${HEAD}  redis: true\n`;

/** Two files and two variables, and more of both that cannot be read. */
const outside: Outside = {
  readFile(path) {
    if (path === "/secret") return encode("from file\n");
    if (path === "/crlf") return encode("two\nlines\r\n");
    if (path === "/empty") return encode("\n");
    if (path === "/users.yml") return encode("- {user: carol, password: hidden3, read_only: true}\n");
    if (path === "/bad.yml") return encode("- user: carol\n  pass: hidden4\n");
    if (path === "/broken.yml") return encode("- [\n");
    throw new Error("No such file or directory (os error 2): readfile 'x'");
  },
  readVariable(name) {
    if (name === "SECRET") return "from variable";
    if (name === "FORBIDDEN") throw new Error("start the program with --allow-env=FORBIDDEN");
    return undefined;
  },
};

function load(text: string): PoolConfig {
  return loadConfig("x.yml", text, outside).pools[0];
}

const plain = { password: encode("hidden"), readOnly: false, keys: null };

Deno.test("users are given in block style, in flow style, and one alone without a list", () => {
  const users = [{ ...plain, name: "bob" }, { ...plain, name: "eve", readOnly: true, keys: ["a:", "b"] }];
  const eve = "{user: eve, password: hidden, read_only: true, keys: ['a:', b]}";
  for (
    const value of [
      `[{user: bob, password: hidden}, ${eve}]`,
      `\n  - user: bob\n    password: hidden\n  - ${eve}`,
      `\n    - user: bob\n      password: "hidden" # comment\n    - user: eve\n      password: hidden\n` +
      "      read_only: true\n      keys:\n      - 'a:'\n      - b",
    ]
  ) {
    assertEquals(load(`${REDIS}  client_auth: ${value}\n`).clientAuth, users, value);
  }
  const { clientAuth } = load(`${HEAD}  client_auth:\n    user: bob\n    password: hidden\n`);
  assertEquals(clientAuth, [users[0]]);
});

Deno.test("passwords come from the file, another file or a variable", () => {
  const given: readonly [string, string][] = [
    ["password: 0123", "0123"],
    ["password_file: /secret", "from file"],
    ["password_file: /crlf", "two\nlines"],
    ["password_env: SECRET", "from variable"],
  ];
  for (const [text, password] of given) {
    const pool = load(`${REDIS}  client_auth: [{user: bob, ${text}}]\n  server_auth: {user: x, ${text}}\n`);
    assertEquals(pool.clientAuth, [{ ...plain, name: "bob", password: encode(password) }]);
    assertEquals(pool.serverAuth, { user: "x", password: encode(password), sasl: true });
  }
  assertEquals(
    load(`${REDIS}  client_auth: [{user: default, nopass: true}]\n`).clientAuth?.[0].password,
    null,
  );
  assertEquals(load(`${REDIS}  server_auth: {password: hidden}\n`).serverAuth?.user, null);
});

Deno.test("users may be in a file of their own", () => {
  const pool = load(`${REDIS}  client_auth_file: /users.yml\n`);
  const users = [{ name: "carol", password: encode("hidden3"), readOnly: true, keys: null }];
  assertEquals(pool.clientAuthFile, { path: "/users.yml", users });
});

Deno.test("users and the servers' login are shown without passwords", () => {
  const text =
    `${REDIS}  client_auth: [{user: bob, password: hidden, keys: [x]}, {user: any, nopass: true}]\n` +
    "  client_auth_file: /users.yml\n  server_auth: {user: root, password_env: SECRET}\n";
  const config = loadConfig("x.yml", text, outside);
  const { client_auth, client_auth_file, server_auth } = describeConfig(config).a;
  assertEquals({ client_auth, client_auth_file, server_auth }, {
    client_auth: [
      { user: "bob", password: "***", read_only: false, keys: ["x"] },
      { user: "any", nopass: true, read_only: false, keys: null },
    ],
    client_auth_file: "/users.yml",
    server_auth: { user: "root", password: "***", sasl: true },
  });
});

const faults: readonly [directive: string, at: string, reason: string][] = [
  ["client_auth: []", "6:16", "has no users; nobody could come in"],
  ["client_auth: [{user: bob}]", "6:17", 'has no password for user "bob"; one of password, password_file'],
  ["client_auth: [{password: hidden}]", "6:17", 'has no "user"; every entry needs it'],
  ["client_auth: [{user: b, password: hidden, password_env: SECRET}]", "6:17", "has several passwords"],
  ["client_auth: [{user: b, password: hidden, nopass: true}]", "6:17", "has a password for user"],
  ["client_auth: [{user: a b, password: hidden}]", "6:24", 'has an invalid user; "a b" given'],
  ["client_auth: [{user: b, pass: hidden}]", "6:27", 'has an unknown "pass"; did you mean "password",'],
  ["client_auth: [{user: b, password: [hidden]}]", "6:37", "has an invalid value; a sequence given"],
  ["client_auth: [{user: b, password: hidden, read_only: yes}]", "6:56", 'is not "true" or "false"'],
  ["client_auth: [{user: b, password: hidden, keys: []}]", "6:17", "has no keys for user"],
  ["client_auth: [{user: b, password: hidden, keys: ['a*']}]", "6:52", 'has an invalid prefix; "a*" given'],
  ["client_auth: [{user: b, password: hidden, keys: [a:, b:]}]", "6:52", "wants quotes"],
  ["client_auth: [{user: b, password: hidden}, {user: b, password: hidden}]", "6:16", 'has user "b" twice'],
  ["client_auth: hidden", "6:16", "has an invalid value; a scalar given, a map of user, password"],
  ["client_auth: [{user: b, password_file: /nowhere}]", "6:17", "file /nowhere; No such file or directory"],
  ["client_auth: [{user: b, password_file: /empty}]", "6:17", "has no password in file /empty; it is empty"],
  ["client_auth: [{user: b, password_env: NOTHING}]", "6:17", "in the variable NOTHING; it is not set"],
  ["client_auth: [{user: b, password_env: FORBIDDEN}]", "6:17", "with --allow-env=FORBIDDEN"],
  ["client_auth_file: /nowhere", "6:21", "cannot be used: /nowhere: No such file or directory"],
  ["client_auth_file: /bad.yml", "6:21", 'cannot be used: /bad.yml:2:3: has an unknown "pass"'],
  ["client_auth_file: /broken.yml", "6:21", "cannot be used: /broken.yml:2:1:"],
  ["client_auth_file: /empty", "6:21", "cannot be used: /empty: it must contain a list of users"],
  ["server_auth: {user: b}", "6:16", "has no password; one of"],
  ["server_auth: {password: hidden}\n  redis_auth: hidden", "6:16", "cannot be used with redis_auth"],
  [
    "client_auth: {user: b, password: hidden}\n  redis_auth: hidden",
    "6:16",
    "cannot be used with redis_auth",
  ],
  [
    "client_auth: {user: carol, password: hidden}\n  client_auth_file: /users.yml",
    "7:21",
    'has user "carol" again',
  ],
  ["databases: 0", "6:14", "cannot be 0"],
  ["databases: 1025", "6:14", "has an invalid value"],
  ["databases: 3\n  redis_db: 3", "6:14", "redis_db: 3 is not among 3 databases"],
];

for (const [directive, at, reason] of faults) {
  Deno.test(`what is wrong with ${JSON.stringify(directive)}`, () => {
    const error = assertThrows(() => load(`${REDIS}  ${directive}\n`), ConfigError);
    assert(error.message.startsWith(`x.yml:${at}: conf: directive "`), error.message);
    assert(error.message.includes(reason), error.message);
    assert(!error.lines.join("\n").includes("hidden"), `no password is shown: ${error.lines}`);
  });
}

Deno.test("memcached pools have users, too, and their servers want a name", () => {
  const complaint = (directive: string) =>
    assertThrows(() => load(`${HEAD}  ${directive}\n`), ConfigError).message;
  const user = "client_auth: {user: b, password: hidden";
  assert(complaint("server_auth: {password: hidden}").includes("memcached wants one"));
  assertEquals(load(`${HEAD}  ${user}}\n`).clientAuth?.length, 1);
});
