import { assert, assertEquals } from "@std/assert";
import { countOf, quantile } from "../../../src/metrics/histogram.ts";
import { showKey } from "../../../src/proxy/observer.ts";
import { encode } from "../../../src/base/ascii.ts";
import { settle } from "../../support/memory_network.ts";
import { echo, requests, rigTest } from "../../support/proxy_rig.ts";

const ANSWER = "+OK\r\n";

rigTest("proxy: requests are timed per class, queueing and waiting apart", {}, async (rig) => {
  const client = await rig.client();
  // Not written before the connection is open, and answered 30 ms after that.
  client.send(requests("GET a", "SET b 1", "GET c"));
  await settle();
  await rig.advance(30);
  rig.server.connection.send(ANSWER.repeat(3));
  await settle();
  const { latency } = rig.proxy.snapshot()[0].servers[0];
  assertEquals(countOf(latency.histogram("read", "server")), 2);
  assertEquals(countOf(latency.histogram("write", "server")), 1);
  const within = (us: number) => assert(Math.abs(us - 30_000) < 1500, `${us}`);
  within(quantile(latency.histogram("read", "server"), 0.5));
  within(quantile(latency.histogram("write", "total"), 0.5));
  assert(quantile(latency.histogram(null, "queue"), 1) < 1);
  assertEquals([rig.count("requestsRead"), rig.count("requestsWrite"), rig.count("requestsOther")], [
    2,
    1,
    0,
  ]);
});

rigTest("proxy: the slow log has the request that kept others waiting, and counts all", {}, async (rig) => {
  const client = await rig.client();
  client.send(requests("SET slow:\x01key secret", "GET other"));
  await settle();
  await rig.advance(50);
  rig.server.connection.send(ANSWER.repeat(2));
  await settle();
  const slow = rig.proxy.slowRequests();
  assertEquals(rig.count("slowRequests"), 2);
  assertEquals(
    slow.map(({ command, key, server, queueUs, serverUs, timedOut }) => [
      command,
      key,
      server,
      queueUs,
      serverUs,
      timedOut,
    ]),
    [["GET", "other", "server0", 0, 50_000, false], ["SET", "slow:\\x01key", "server0", 0, 50_000, false]],
  );
  assert(slow[0].client !== "gone" && slow[0].timeMs > 0);
  assert(!JSON.stringify(slow).includes("secret"), "values are never shown");
});

rigTest("proxy: a request that timed out is slow too; keys can be masked", {
  pool: { timeoutMs: 100, maskKeys: true },
}, async (rig) => {
  const client = await rig.client();
  client.send(requests("GET hidden"));
  await rig.advance(200);
  const [slow, ...more] = rig.proxy.slowRequests();
  assertEquals([slow.command, slow.key, slow.timedOut, more.length], ["GET", null, true, 0]);
  assertEquals([rig.count("errorTimedOut"), rig.count("slowRequests")], [1, 1]);
});

rigTest("proxy: quick requests are not slow, and 0 turns the slow log off", {
  pool: { slowlogThresholdMs: 0 },
}, async (rig) => {
  const client = await rig.client();
  client.send(requests("GET a"));
  await rig.advance(500);
  rig.server.connection.send(ANSWER);
  await settle();
  assertEquals([rig.proxy.slowRequests().length, rig.count("slowRequests")], [0, 0]);
});

rigTest("proxy: the slow log keeps as many as it says, the latest first", { answer: echo }, async (rig) => {
  rig.server.answer = () => null;
  const client = await rig.client();
  for (let i = 0; i < 140; i++) {
    client.send(requests(`GET k${i}`));
    await rig.advance(20);
    rig.server.connection.send(ANSWER);
    await settle();
  }
  const keys = rig.proxy.slowRequests().map(({ key }) => key);
  assertEquals([keys.length, keys[0], keys[127]], [128, "k139", "k12"]);
});

rigTest("proxy: one of so many requests is logged, with neither value nor long key", {
  answer: echo,
  logSamplePeriod: 3,
}, async (rig) => {
  const client = await rig.client();
  const long = "k".repeat(100);
  client.send(requests("GET a", "GET b", `SET ${long} value`, "GET c", "GET d", "GET e", "GET f"));
  await settle();
  const lines = rig.log.filter((line) => line.startsWith("pool 'rig' ") && !line.includes("connected"));
  assertEquals(lines.length, 2, lines.join("\n"));
  assert(
    lines.some((line) => line.includes(`SET ${"k".repeat(64)}... to 'server0', queue 0 us, server 0 us`)),
  );
  assert(!lines.join().includes("value"));
});

rigTest("proxy: at log level 8 every request is logged, by its name also if the proxy answers it", {
  answer: echo,
  logLevel: 8,
}, async (rig) => {
  const client = await rig.client();
  client.send(requests("GET a", "PING", "AUTH s3cret", "SET b 1", "NONSENSE k"));
  client.send("  ping\r\nECHO hello\r\n");
  await settle();
  const lines = rig.log.filter((line) => / (to '|was answered)/.test(line))
    .map((line) => line.replace(/^pool 'rig' \S+ /, "").replace(/, queue.*/, ""));
  assertEquals(lines.sort(), [
    "AUTH - was answered by the proxy itself",
    "ECHO - was answered by the proxy itself",
    "GET a to 'server0'",
    "NONSENSE - to 'server0'",
    "PING - was answered by the proxy itself",
    "PING - was answered by the proxy itself",
    "SET b to 'server0'",
  ]);
});

rigTest("proxy: at log level 8 requests that fail are logged with the reason", {
  servers: 2,
  logLevel: 8,
  pool: { serverFailureLimit: 1, autoEjectHosts: true, ejectPolicy: "error", timeoutMs: 100 },
}, async (rig) => {
  const client = await rig.client();
  const [[a], [b]] = [rig.keysOf(0, 1), rig.keysOf(1, 1)];
  const failures = () =>
    rig.log.filter((line) => line.startsWith("pool 'rig' ") && line.includes("failed: "))
      .map((line) => line.replace(/^pool 'rig' \S+ /, "").replace(/, queue.* us,/, ","));
  client.send(requests(`GET ${a}`, `RENAME ${a} ${b}`, `SET ${b} value`));
  await settle();
  rig.servers[0].die();
  await settle();
  client.send(requests(`GET ${a}`));
  await rig.advance(200);
  assertEquals(failures(), [
    `RENAME ${a} failed: its keys are on several servers`,
    `GET ${a} to 'server0', failed: Connection reset by peer`,
    `GET ${a} failed: Connection reset by peer (server 'server0')`,
    `SET ${b} to 'server1', failed: Connection timed out`,
  ]);
});

rigTest("proxy: errors are counted by cause", {
  servers: 2,
  answer: echo,
  pool: { clientConnections: 1, serverFailureLimit: 1, autoEjectHosts: true, ejectPolicy: "error" },
}, async (rig) => {
  const client = await rig.client();
  const [[a], [b]] = [rig.keysOf(0, 1), rig.keysOf(1, 1)];
  client.send(requests(`RENAME ${a} ${b}`, `GET ${a}`));
  await settle();
  assertEquals(rig.count("errorCrossSlot"), 1);
  rig.servers[0].answer = () => null;
  client.send(requests(`GET ${a}`));
  await settle();
  rig.servers[0].die();
  await settle();
  client.send(requests(`GET ${a}`));
  await settle();
  assertEquals([rig.count("errorReset"), rig.count("errorEjected")], [1, 1]);
  assertEquals(rig.serverCount("live", 0), 0);
  (await rig.client()).close();
  assertEquals(rig.count("errorClientLimit"), 1);
  client.send("*1\r\n$-9\r\n");
  await settle();
  assertEquals([rig.count("errorClientProtocol"), rig.count("forwardError")], [1, 2]);
});

Deno.test("a key is shown in one line, cut and escaped", () => {
  const show = (text: string) => showKey(encode(text), 0, encode(text).length);
  assertEquals(show("plain:1"), "plain:1");
  assertEquals(show("ä\r\n\x7f"), "ä\\x0d\\x0a\\x7f");
  assertEquals(show("x".repeat(65)), `${"x".repeat(64)}...`);
  assertEquals(showKey(encode("abc"), 1, 50), "bc...", "the rest of it is not known");
});
