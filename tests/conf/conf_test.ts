/**
 * What operators install beside the executable: checked by the programs that will read it.
 *
 * @module
 */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { parse } from "@std/yaml";
import { outputOf } from "../../src/build/compile_args.ts";
import { parseCommandLine } from "../../src/cli/parse.ts";
import { loadConfig } from "../../src/config/load.ts";
import { redisPoolFile } from "../integration/redis_pool.ts";
import { eventually } from "../support/process.ts";
import { realTest, requireProgram } from "../support/programs.ts";
import { startProxy } from "../support/proxy.ts";
import { makeScratchFolder, removeFolder } from "../support/start.ts";

const CONF = new URL("../../conf/", import.meta.url);
const LINT = new URL("containerfile_lint.ts", import.meta.url).pathname;
const LINT_LOCK = new URL("containerfile_lint.lock", import.meta.url).pathname;
/** Of 100, where 0 is a service that can do nothing. What is left is mostly the network. */
const EXPOSURE_MAX = 15;

interface Ending {
  readonly code: number;
  readonly text: string;
}

async function run(command: string, ...args: readonly string[]): Promise<Ending> {
  const { code, stdout, stderr } = await new Deno.Command(command, { args: [...args] }).output();
  const decoder = new TextDecoder();
  return { code, text: decoder.decode(stdout) + decoder.decode(stderr) };
}

/** A copy of a file in a folder of its own, changed, and readable as such programs want it. */
async function withCopy(
  name: string,
  change: (text: string, folder: string) => string,
  test: (path: string, folder: string) => Promise<void>,
): Promise<void> {
  const folder = await makeScratchFolder();
  try {
    const path = `${folder}/${name}`;
    const text = await Deno.readTextFile(new URL(name, CONF));
    await Deno.writeTextFile(path, change(text, folder));
    await Deno.chmod(path, 0o644);
    await test(path, folder);
  } finally {
    await removeFolder(folder);
  }
}

/** The unit starts a program that exists here. */
function withTrue(unit: string): string {
  return unit.replaceAll("/usr/local/bin/nutcracker", "/bin/true");
}

realTest("systemd-analyze", "the systemd unit has no mistakes", async () => {
  const problemsOf = (text: string) => text.split("\n").filter((line) => line.includes("nutcracker.service"));
  const analyze = requireProgram("systemd-analyze");
  await withCopy("nutcracker.service", withTrue, async (path) => {
    const { code, text } = await run(analyze, "verify", "--man=no", path);
    assertEquals([code, problemsOf(text)], [0, []]);
  });
  const withMistake = (unit: string) => `${withTrue(unit)}\n[Service]\nNoSuchKey=1\n`;
  await withCopy("nutcracker.service", withMistake, async (path) => {
    const { text } = await run(analyze, "verify", "--man=no", path);
    assertEquals(problemsOf(text).length, 1, text);
  });
});

realTest("systemd-analyze", "the systemd unit leaves the program little but the network", async () => {
  await withCopy("nutcracker.service", withTrue, async (path) => {
    const args = ["security", "--offline=yes", "--no-pager", `--threshold=${EXPOSURE_MAX}`, path];
    const { code, text } = await run(requireProgram("systemd-analyze"), ...args);
    assertEquals(code, 0, text);
  });
});

realTest("logrotate", "logrotate renames the log, and the program begins a new one", async () => {
  await using proxy = await startProxy({ pools: redisPoolFile(["127.0.0.1:1:1"]) });
  const change = (text: string) => {
    const changed = text.replaceAll("/var/log/nutcracker/", `${proxy.folder}/`)
      .replace(/systemctl kill .*/, `kill -HUP ${proxy.pid}`);
    assert(!changed.includes("systemctl"), "the program is told");
    return changed;
  };
  await withCopy("nutcracker.logrotate", change, async (path, folder) => {
    const args = ["--force", "--state", `${folder}/state`, path];
    const { code, text } = await run(requireProgram("logrotate"), ...args);
    assertEquals([code, text], [0, ""]);
  });
  const log = `${proxy.folder}/nutcracker.log`;
  await eventually(() => Deno.stat(log).then(() => true, () => false), "there is a new log");
  // Lines from before go to the old file, which may happen a little later.
  await eventually(
    async () => (await Deno.readTextFile(`${log}.1`)).includes("(SIGHUP) received"),
    "the old log ends with the signal",
  );
});

Deno.test("the Containerfile has no mistakes, and copies what there is", async () => {
  const path = new URL("Containerfile", CONF).pathname;
  const lint = (file: string) =>
    run(
      Deno.execPath(),
      "run",
      "-A",
      "--quiet",
      "--no-config",
      `--lock=${LINT_LOCK}`,
      "--frozen",
      LINT,
      file,
    );
  assertEquals(await lint(path), { code: 0, text: "" });
  await withCopy("Containerfile", (text) => text.replace("COPY conf", "COPPY conf"), async (bad) => {
    assertStringIncludes((await lint(bad)).text, "Unknown instruction: COPPY");
  });
  const copied = [...(await Deno.readTextFile(path)).matchAll(/^COPY (?:--\S+ )*(\S+)/gm)].map(([, from]) =>
    from
  );
  assertEquals(copied, [outputOf(null), "conf/nutcracker.yml"]);
  await Deno.stat(new URL("nutcracker.yml", CONF));
});

realTest("nutcracker", "the examples with twemproxy's directives are accepted by twemproxy", async () => {
  const isAccepted = async (name: string) => {
    const path = new URL(`${name}.yml`, CONF).pathname;
    return (await run(requireProgram("nutcracker"), "-t", "-c", path)).code === 0;
  };
  for (const name of ["nutcracker", "nutcracker.root", "nutcracker.leaf", "demo"]) {
    assert(await isAccepted(name), name);
  }
  assert(!await isAccepted("redis"), "the others show what it does not have");
});

/** What the test looks at of a Deployment. */
interface Deployment {
  readonly spec: {
    readonly template: {
      readonly spec: {
        readonly terminationGracePeriodSeconds: number;
        readonly containers: readonly {
          readonly args: string[];
          readonly ports: readonly { readonly name: string; readonly containerPort: number }[];
          readonly lifecycle: { readonly preStop: { readonly sleep: { readonly seconds: number } } };
          readonly livenessProbe: Probe;
          readonly readinessProbe: Probe;
          readonly volumeMounts: readonly { readonly mountPath: string }[];
        }[];
      };
    };
  };
}

interface Probe {
  readonly httpGet: { readonly path: string; readonly port: string };
}

Deno.test("the Kubernetes example fits together, and to the program", async () => {
  const text = await Deno.readTextFile(new URL("kubernetes.yml", CONF));
  const [map, deployment, service] = text.split("\n---\n").map((part) => parse(part)) as [
    { readonly data: Readonly<Record<string, string>> },
    Deployment,
    { readonly spec: { readonly ports: readonly { readonly targetPort: string }[] } },
  ];
  const { containers: [proxy], terminationGracePeriodSeconds } = deployment.spec.template.spec;
  const commandLine = parseCommandLine(proxy.args);
  assert(commandLine.kind === "run");
  assertEquals(commandLine.ignored, []);
  const { confPath, statsPort, statsAddress, shutdownTimeoutMs } = commandLine.options;

  const [name] = Object.keys(map.data);
  assertEquals(confPath, `${proxy.volumeMounts[0].mountPath}/${name}`);
  const { pools: [{ listen }] } = loadConfig(name, map.data[name]);
  const [pool, stats] = proxy.ports;
  assertEquals([listen.text, statsAddress], [`0.0.0.0:${pool.containerPort}`, "0.0.0.0"]);
  assertEquals(stats.containerPort, statsPort);
  assertEquals(service.spec.ports.map(({ targetPort }) => targetPort), [pool.name]);
  assertEquals(proxy.livenessProbe.httpGet, { path: "/healthz", port: stats.name });
  assertEquals(proxy.readinessProbe.httpGet, { path: "/readyz", port: stats.name });
  assert(terminationGracePeriodSeconds > proxy.lifecycle.preStop.sleep.seconds + shutdownTimeoutMs / 1000);
});
