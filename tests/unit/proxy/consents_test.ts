import { assertEquals } from "@std/assert";
import { settle } from "../../support/memory_network.ts";
import { bulk, echo, requests, type Rig, rigTest } from "../../support/proxy_rig.ts";
import type { Latin1, ScriptedConnection } from "../../support/scripted_redis.ts";

/** What a server says to whom it lets listen. */
function consent(channel: Latin1): Latin1 {
  return `*3\r\n${bulk("subscribe")}${bulk(channel)}:1\r\n`;
}

/** Has servers leave it to the test when they consent; by the channel, over which connection. */
function holdConsents(rig: Rig): Map<Latin1, ScriptedConnection> {
  const asked = new Map<Latin1, ScriptedConnection>();
  for (const server of rig.servers) {
    server.answer = ([name, ...args], connection) => {
      if (name !== "SUBSCRIBE") return echo([name, ...args]);
      asked.set(args[0], connection);
      return null;
    };
  }
  return asked;
}

rigTest("publication: it waits until its server has heard of the subscriptions before it", {
  servers: 2,
}, async (rig) => {
  const asked = holdConsents(rig);
  const [[a, c, key], [b]] = [rig.keysOf(0, 3), rig.keysOf(1, 1)];
  const [first, second, publisher, other] = [
    await rig.client(),
    await rig.client(),
    await rig.client(),
    await rig.client(),
  ];
  first.send(requests(`SUBSCRIBE ${a}`));
  await settle();
  publisher.send(requests(`GET ${key}`, `PUBLISH ${a} x`, `GET ${key}`));
  other.send(requests(`PUBLISH ${b} x`, `GET ${key}`));
  await settle();
  // The other server owes nothing, and only publications wait.
  assertEquals(publisher.take(), bulk(`GET ${key}`));
  assertEquals(other.take(), bulk(`PUBLISH ${b} x`) + bulk(`GET ${key}`));
  // Nor does one wait for subscriptions that came after it.
  second.send(requests(`SUBSCRIBE ${c}`));
  await settle();
  asked.get(a)!.reply(consent(a));
  await settle();
  assertEquals(publisher.take(), bulk(`PUBLISH ${a} x`) + bulk(`GET ${key}`));
  other.send(requests(`SPUBLISH ${c} x`));
  await settle();
  assertEquals([first.take(), second.take(), other.take()], [consent(a), "", ""]);
  asked.get(c)!.reply(consent(c));
  await settle();
  assertEquals([second.take(), other.take()], [consent(c), bulk(`SPUBLISH ${c} x`)]);
});

rigTest("publication: it waits no longer when the subscriber or its connection is gone", {}, async (rig) => {
  const asked = holdConsents(rig);
  const publisher = await rig.client();
  for (const end of ["subscriber", "server", "refusal"]) {
    const subscriber = await rig.client();
    subscriber.send(requests(`SUBSCRIBE ${end}`));
    await settle();
    publisher.send(requests(`PUBLISH ${end} x`));
    await settle();
    assertEquals(publisher.take(), "");
    if (end === "subscriber") subscriber.break();
    else if (end === "server") asked.get(end)!.break();
    else asked.get(end)!.reply("-NOPERM not for you\r\n");
    await settle();
    assertEquals(publisher.take(), bulk(`PUBLISH ${end} x`), end);
  }
});

rigTest("publication: a publisher that waits may leave, or want no reply", {}, async (rig) => {
  const asked = holdConsents(rig);
  const [subscriber, leaving, silent] = [await rig.client(), await rig.client(), await rig.client()];
  subscriber.send(requests("SUBSCRIBE a"));
  await settle();
  leaving.send(requests("PUBLISH a x"));
  silent.send(requests("CLIENT REPLY SKIP", "PUBLISH a y", "PUBLISH a z"));
  await settle();
  leaving.close();
  await settle();
  asked.get("a")!.reply(consent("a"));
  await settle();
  assertEquals([subscriber.take(), silent.take()], [consent("a"), bulk("PUBLISH a z")]);
});
