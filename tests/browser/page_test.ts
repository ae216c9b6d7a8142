/**
 * The live page in a real Chromium, over real servers.
 *
 * @module
 */

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { redisPoolFile, startRedisPool } from "../integration/redis_pool.ts";
import type { Pools } from "../support/pool_file.ts";
import { freePort } from "../support/ports.ts";
import { eventually } from "../support/process.ts";
import { realTest } from "../support/programs.ts";
import { startProxy } from "../support/proxy.ts";
import { joinBytes, resp } from "../support/wire.ts";
import { Browser } from "./browser.ts";

/** A cell of the first pool's row. */
const poolCell = (label: string) =>
  `#pools > .table > table > tbody > tr:not(.detail) > td[data-label="${label}"]`;

/** A number as the page writes it, as one. */
function parse(text: string | null): number {
  const [, digits, suffix] = /^([\d.]+)(k|M)?/.exec(text ?? "") ?? [];
  return Number(digits) * { "": 1, k: 1e3, M: 1e6 }[suffix ?? ""]!;
}

const isLive = async (browser: Browser) => await browser.text("#liveness") === "Live";

realTest(
  ["redis-server", "chromium"],
  "page: it loads without a complaint and asks nobody but the proxy",
  async () => {
    await using pool = await startRedisPool({ servers: 2 });
    const origin = `http://127.0.0.1:${pool.proxy.statsPort}/`;
    await using browser = new Browser();
    await browser.open(origin);
    await eventually(() => isLive(browser), "the page is live");
    const charts = () => browser.evaluate<number>("document.querySelectorAll('.chart canvas').length");
    await eventually(
      async () => await charts() === 14,
      "all charts are drawn, of the process and of its one pool",
    );
    assertStringIncludes(await browser.text("h1") ?? "", "nutcracker");
    const { complaints, requests, failures } = await browser.events();
    assertEquals([complaints, failures], [[], []]);
    assertEquals(requests.filter((url) => !url.startsWith(origin)), []);
    // Whoever cannot see finds names for everything that can be used.
    const nameless = `[...document.querySelectorAll("button, input, meter")].filter((found) =>
    !found.textContent.trim() && !found.ariaLabel && !found.closest("label")?.textContent.trim()).length`;
    assertEquals(await browser.evaluate(nameless), 0);
    const levels = `[...document.querySelectorAll("h1, h2, h3")].map(({ tagName }) => Number(tagName[1]))`;
    const headings = await browser.evaluate<number[]>(levels);
    assert(headings.every((level, i) => level <= (headings[i - 1] ?? 0) + 1), `${headings}`);
  },
);

realTest(
  ["redis-server", "chromium"],
  "page: numbers move under load, and slow requests are listed",
  async () => {
    await using pool = await startRedisPool({ servers: 2, directives: { slowlog_threshold: 100 } });
    await using browser = new Browser();
    await browser.open(`http://127.0.0.1:${pool.proxy.statsPort}/`);
    await eventually(
      async () => await browser.text(poolCell("Requests/s")) === "0",
      "nothing has happened yet",
    );
    using client = await pool.connect();
    const batch = Array.from({ length: 200 }, (_, i) => resp("SET", `k${i}`, "v"));
    const load = async (): Promise<void> => {
      await client.exchange(joinBytes(batch), "+OK\r\n".repeat(batch.length));
    };
    const shows = async (condition: () => Promise<boolean>, what: string) => {
      await eventually(async () => {
        await load();
        return await condition();
      }, what);
    };
    await shows(async () => parse(await browser.text(poolCell("Requests/s"))) > 100, "requests are shown");
    await shows(
      async () => /\d (µs|ms)$/.test(await browser.text(poolCell("p99")) ?? ""),
      "latency is shown",
    );
    await shows(async () => {
      const cells =
        `[...document.querySelectorAll('.pool td[data-label="Requests/s"]')].map((cell) => cell.innerText)`;
      return (await browser.evaluate<string[]>(cells)).every((text) => parse(text) > 0);
    }, "both servers have requests");
    assertEquals(await browser.text(poolCell("Clients")), "1");
    const label = `document.querySelector("#overview figure").ariaLabel`;
    assertMatch(await browser.evaluate<string>(label), /^Requests per second: read \S+, write [^0]/);

    pool.servers[0].process.signal("SIGSTOP");
    const asked = load();
    await new Promise((resolve) => setTimeout(resolve, 150));
    pool.servers[0].process.signal("SIGCONT");
    await asked;
    await eventually(
      async () => await browser.text('#slow td[data-label="Command"]') === "SET",
      "the slow log is shown",
    );
    assertEquals(await browser.text('#slow td[data-label="Server"]'), "s0");
    assertEquals((await browser.events()).complaints, []);
  },
);

realTest(["redis-server", "chromium"], "page: an ejected server is seen with the next answer", async () => {
  const directives = { auto_eject_hosts: true, server_failure_limit: 1, server_retry_timeout: 60_000 };
  await using pool = await startRedisPool({ servers: 2, directives });
  const [, [key]] = await pool.keysByServer(1);
  await using browser = new Browser();
  await browser.open(`http://127.0.0.1:${pool.proxy.statsPort}/`);
  await eventually(() => isLive(browser), "the page is live");
  assertStringIncludes(await browser.text("#attention") ?? "", "Nothing");
  const answers =
    `performance.getEntriesByType("resource").filter(({ name }) => name.includes("history.json")).length`;
  await browser.evaluate(`new MutationObserver(() => {
    if (globalThis.seenWith === undefined && document.getElementById("attention").innerText.includes("ejected")) {
      globalThis.seenWith = ${answers};
    }
  }).observe(document.getElementById("attention"), { subtree: true, childList: true, characterData: true }) ?? null`);

  await pool.servers[1].stop();
  using client = await pool.connect();
  while ((await pool.stats()).server_ejects === 0) await client.command("GET", key);
  const answersThen = await browser.evaluate<number>(answers);
  const seenWith = () => browser.evaluate<number | null>("globalThis.seenWith ?? null");
  await eventually(async () => await seenWith() !== null, "the ejection is seen");
  // One answer may have been under way; answers are a second apart.
  assert(await seenWith() as number - answersThen <= 2, `${answersThen} ${await seenWith()}`);

  const attention = await browser.text("#attention") ?? "";
  const [, shown] = /pool \/ s1 is ejected since (\d\d:\d\d:\d\d)/.exec(attention) ?? [];
  const [, logged] = /(\d\d:\d\d:\d\d)\.\d{3}\].* ejected/.exec(pool.proxy.log()) ?? [];
  const secondsOf = (time: string) => time.split(":").reduce((sum, part) => sum * 60 + Number(part), 0);
  assert(Math.abs(secondsOf(shown) - secondsOf(logged)) <= 1, `shown ${shown}, logged ${logged}`);
  assertMatch(await browser.text(poolCell("Servers up")) ?? "", /^1 of 2$/);
  assertEquals((await browser.events()).complaints, []);
});

realTest(
  "chromium",
  "page: what is stale is said, a wrong configuration too, and a proxy that is back is seen",
  async () => {
    const pools = redisPoolFile(["127.0.0.1:1:1 s0"]);
    const statsPort = freePort();
    await using browser = new Browser();
    {
      await using proxy = await startProxy({ pools, statsPort });
      await browser.open(`http://127.0.0.1:${statsPort}/`);
      await eventually(() => isLive(browser), "the page is live");
      assertEquals(await browser.text("#stale"), null);
      await Deno.writeTextFile(proxy.configPath, "pool:\n  listen: nowhere\n");
      proxy.signal("SIGHUP");
      const attention = async () => await browser.text("#attention") ?? "";
      await eventually(async () => (await attention()).includes("could not be used"), "the file is wrong");
      assertMatch(await attention(), /nutcracker\.yml:\d+:\d+: /);
    }
    await eventually(async () => await browser.text("#liveness") === "Stale", "the page knows");
    assertMatch(
      await browser.text("#stale") ?? "",
      /^No news from the proxy for \d+ s: it cannot be reached\. What is shown is of \d\d:\d\d:\d\d\.$/,
    );
    assertMatch(await browser.evaluate("document.title"), /^stale: /);
    await using _proxy = await startProxy({ pools, statsPort });
    await eventually(() => isLive(browser), "the page is live again");
    assertEquals(await browser.text("#stale"), null);
  },
);

/** So many that a page which shows everything would be of no use. */
function manyPools(): Pools {
  return Object.fromEntries(Array.from({ length: 30 }, (_, i) => {
    const servers = Array.from({ length: 50 }, (_, j) => `127.0.0.1:1:${1 + j % 3} s${i}-${j}`);
    return [`pool${i}`, { listen: `127.0.0.1:${freePort()}`, redis: true, servers }];
  }));
}

realTest(
  "chromium",
  "page: 1,500 servers in 30 pools are found, sorted and opened, with keys alone",
  async () => {
    await using proxy = await startProxy({ pools: manyPools() });
    await using browser = new Browser();
    const rows = (scope: string) =>
      browser.evaluate<number>(
        `document.querySelectorAll("${scope} > table > tbody > tr:not(.detail)").length`,
      );
    await browser.open(`http://127.0.0.1:${proxy.statsPort}/`);
    await eventually(async () => await rows("#pools > .table") === 30, "all pools are listed");
    assertEquals(await rows(".pool > .table"), 0);

    await browser.fill("#find", "s17-3");
    await eventually(async () => await rows(".pool > .table") === 11, "s17-3 and s17-30 to s17-39 are found");
    assertEquals([await rows("#pools > .table"), await browser.text(".opener")], [1, "pool17"]);
    await browser.fill("#find", "");
    await eventually(async () => await rows("#pools > .table") === 30, "all pools are back");

    await browser.evaluate(`document.querySelector('.opener[data-pool="pool2"]').focus()`);
    await browser.press("Enter");
    await eventually(async () => await rows(".pool > .table") === 50, "the pool shows its servers");
    const expanded = `document.activeElement.dataset.pool + document.activeElement.ariaExpanded`;
    assertEquals(await browser.evaluate(expanded), "pool2true");
    await browser.click('.pool th button:text("Server")');
    await browser.click('.pool th button:text("Server")');
    assertEquals(await browser.text(".pool tbody strong"), "s2-49");
    assertEquals(await browser.evaluate("location.hash"), "#pool=pool2");
    await browser.press("Escape");
    assertEquals((await browser.events()).complaints, []);
  },
);

realTest("chromium", "page: it fits screens from 360 to 1920 pixels, in light and in dark", async () => {
  const servers = Array.from(
    { length: 4 },
    (_, i) => `127.0.0.1:${i + 1}:1 a-server-with-a-rather-long-name-${i}`,
  );
  await using proxy = await startProxy({ pools: redisPoolFile(servers) });
  await using browser = new Browser();
  const backgrounds = new Set<string>();
  for (const scheme of ["light", "dark"] as const) {
    for (const width of [360, 768, 1280, 1920]) {
      await browser.open(`http://127.0.0.1:${proxy.statsPort}/`, width, scheme);
      await eventually(() => isLive(browser), "the page is live");
      await eventually(
        () =>
          browser.evaluate<boolean>(
            `document.querySelectorAll(".chart canvas").length === ${width > 820 ? 14 : 8}`,
          ),
        "the charts are drawn",
      );
      const wider = `[...document.querySelectorAll("body *")].filter((found) => !found.closest("thead") &&
        found.getBoundingClientRect().right > innerWidth + 1 && !found.closest(".unseen")).map(({ className }) => className)`;
      assertEquals(await browser.evaluate("document.documentElement.scrollWidth"), width, scheme);
      if (width === 360) assertEquals(await browser.evaluate(wider), []);
      backgrounds.add(await browser.evaluate("getComputedStyle(document.body).backgroundColor"));
      assertEquals((await browser.events()).complaints, []);
    }
  }
  assertEquals(backgrounds.size, 2);
});
