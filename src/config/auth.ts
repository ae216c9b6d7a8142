/**
 * Who may use a pool, and as whom the pool uses its servers: `client_auth`, `client_auth_file`, `server_auth`.
 *
 * @module
 */

import { parseNodes, type YamlNode } from "@std/yaml";
import { encode } from "../base/ascii.ts";
import type { ClientUser, ClientUserFile, ServerAuth } from "./config.ts";
import {
  type DescribedValue,
  type Fields,
  leaf,
  listOf,
  MASK,
  optional,
  type ReadContext,
  recordOf,
  refine,
  required,
  type StructureKind,
} from "./structures.ts";
import { decodeText, positionAt } from "./text.ts";
import { switchKind, ValueError, type ValueKind } from "./values.ts";

/** Where a password may come from. One of these is given. */
interface PasswordSources {
  readonly password: Uint8Array | null;
  readonly passwordFile: string | null;
  readonly passwordVariable: string | null;
}

interface GivenUser extends PasswordSources {
  readonly user: string;
  readonly takesAny: boolean;
  readonly readOnly: boolean;
  readonly keys: readonly string[] | null;
}

interface GivenServerAuth extends PasswordSources {
  readonly user: string | null;
  readonly sasl: boolean;
}

const secret: ValueKind<Uint8Array> = { label: "text", parse: (text) => encode(text) };
const path: ValueKind<string> = { label: "path", parse: (text) => text };
const boolean = leaf(switchKind(true, false));

const variable: ValueKind<string> = {
  label: "name of a variable",
  parse(text) {
    if (!text.includes("=")) return text;
    throw new ValueError("has an invalid value", "the name of a variable, not its value");
  },
};

/** `CLIENT LIST` shows names between spaces. */
const userName: ValueKind<string> = {
  label: "name",
  parse(text) {
    if (/^[!-~]+$/.test(text)) return text;
    throw new ValueError("has an invalid user", "printable ASCII without spaces");
  },
};

const prefix: ValueKind<string> = {
  label: "prefix",
  parse(text) {
    if (!text.endsWith("*")) return text;
    throw new ValueError("has an invalid prefix", 'what keys begin with, without "*"');
  },
};

const sources: Fields<PasswordSources> = {
  password: optional("password", leaf(secret, true), null),
  passwordFile: optional("password_file", leaf(path), null),
  passwordVariable: optional("password_env", leaf(variable), null),
};

const givenUser = recordOf<GivenUser>({
  user: required("user", leaf(userName)),
  ...sources,
  takesAny: optional("nopass", boolean, false),
  readOnly: optional("read_only", boolean, false),
  keys: optional("keys", listOf(leaf(prefix)), null),
});

const user: StructureKind<ClientUser> = refine(
  givenUser,
  finishUser,
  ({ name, password, readOnly, keys }) => ({
    user: name,
    ...(password === null ? { nopass: true } : { password: MASK }),
    read_only: readOnly,
    keys,
  }),
);

/** The value of `client_auth`: a list of users. */
export const clientAuthKind: StructureKind<readonly ClientUser[]> = {
  ...refine(listOf(user), finishUsers, describeUsers),
  label: "list of `{user, password, read_only, keys}`",
};

/** The value of `client_auth_file`: a file with such a list. */
export const clientAuthFileKind: StructureKind<ClientUserFile> = refine(
  leaf(path),
  readUserFile,
  ({ path }): DescribedValue => path,
);

/** The value of `server_auth`: a user and a password. */
export const serverAuthKind: StructureKind<ServerAuth> = {
  ...refine(
    recordOf<GivenServerAuth>({
      user: optional("user", leaf(userName), null),
      ...sources,
      sasl: optional("sasl", boolean, true),
    }),
    (given, node, context): ServerAuth | undefined => {
      const { user, sasl } = given;
      const password = findPassword(given, node, context, "");
      return password === undefined ? undefined : { user, password, sasl };
    },
    ({ user, sasl }) => ({ user, password: MASK, sasl }),
  ),
  label: "`{user, password, sasl}`",
};

function describeUsers(users: readonly ClientUser[]): DescribedValue {
  return users.map((each) => user.describe(each));
}

function finishUser(given: GivenUser, node: YamlNode, context: ReadContext): ClientUser | undefined {
  const { user: name, readOnly, keys, takesAny } = given;
  const count = countSources(given);
  if (keys !== null && keys.length === 0) {
    return fail(context, node, `has no keys for user "${name}"`, "leave keys out to allow all");
  }
  if (takesAny && count === 0) return { name, password: null, readOnly, keys };
  const hint = takesAny ? "with nopass: true any password is right" : "nopass: true lets everybody in";
  const password = takesAny
    ? fail(context, node, `has a password for user "${name}"`, hint)
    : findPassword(given, node, context, ` for user "${name}"`);
  return password === undefined ? undefined : { name, password, readOnly, keys };
}

function finishUsers(
  users: readonly ClientUser[],
  node: YamlNode,
  context: ReadContext,
): readonly ClientUser[] | undefined {
  if (users.length === 0) return fail(context, node, "has no users", "nobody could come in");
  const twice = users.find(({ name }, i) => users.findIndex((other) => other.name === name) < i);
  if (twice !== undefined) return fail(context, node, `has user "${twice.name}" twice`, "names must differ");
  return users;
}

/** Also decodes what is in the file, as far as that is a list of users. */
function readUserFile(path: string, node: YamlNode, context: ReadContext): ClientUserFile | undefined {
  const cannot = (reason: string): undefined => fail(context, node, `cannot be used: ${path}${reason}`);
  let text: string;
  try {
    text = decodeText(path, context.outside.readFile(path)).replace(/^\ufeff/, "");
  } catch (error) {
    return cannot(`: ${causeOf(error)}`);
  }
  const { roots, problems } = parseNodes(text);
  const found = problems.map(({ start, message }) => ({ start, text: message }));
  const report = (start: number, reason: string, hint: string): void =>
    void found.push({ start, text: `${reason}; ${hint}` });
  const users = roots.length === 1 && found.length === 0
    ? clientAuthKind.read(roots[0], { report, outside: context.outside })
    : undefined;
  if (users !== undefined) return { path, users };
  const [first] = found.sort((a, b) => a.start - b.start);
  if (first === undefined) return cannot(": it must contain a list of users");
  const { line, column } = positionAt(text, first.start);
  return cannot(`:${line}:${column}: ${first.text}`);
}

function countSources({ password, passwordFile, passwordVariable }: PasswordSources): number {
  return [password, passwordFile, passwordVariable].filter((source) => source !== null).length;
}

function findPassword(
  given: PasswordSources,
  node: YamlNode,
  context: ReadContext,
  whose: string,
): Uint8Array | undefined {
  const { password, passwordFile, passwordVariable } = given;
  if (countSources(given) !== 1) {
    const reason = countSources(given) === 0 ? `has no password${whose}` : `has several passwords${whose}`;
    return fail(context, node, reason, "one of password, password_file, password_env");
  }
  if (password !== null) return password;
  if (passwordFile !== null) return readPasswordFile(passwordFile, node, context);
  return readPasswordVariable(passwordVariable as string, node, context);
}

/** The file's bytes without the line end that editors write behind them. */
function readPasswordFile(path: string, node: YamlNode, context: ReadContext): Uint8Array | undefined {
  try {
    const bytes = context.outside.readFile(path);
    let end = bytes.length;
    if (bytes[end - 1] === 0x0a) end -= bytes[end - 2] === 0x0d ? 2 : 1;
    if (end > 0) return bytes.slice(0, end);
    return fail(context, node, `has no password in file ${path}`, "it is empty");
  } catch (error) {
    return fail(context, node, `has no password in file ${path}`, causeOf(error));
  }
}

function readPasswordVariable(name: string, node: YamlNode, context: ReadContext): Uint8Array | undefined {
  try {
    const text = context.outside.readVariable(name);
    if (text !== undefined && text !== "") return encode(text);
    return fail(context, node, `has no password in the variable ${name}`, "it is not set");
  } catch (error) {
    return fail(context, node, `has no password in the variable ${name}`, causeOf(error));
  }
}

/** Deno appends the number and the call: "No such file or directory (os error 2): readfile 'x'". */
function causeOf(error: unknown): string {
  return (error as Error).message.replace(/ \(os error .*$/s, "").replace(/\n.*$/s, "");
}

function fail(context: ReadContext, node: YamlNode, reason: string, hint = ""): undefined {
  context.report(node.start, reason, hint);
  return undefined;
}
