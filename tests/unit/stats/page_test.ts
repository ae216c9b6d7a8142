/**
 * What of the page can be told without a browser.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { POOL_SERIES, PROCESS_SERIES } from "../../../src/stats/history/series.ts";
import type { HistoryAnswer, PoolAnswer, ServerAnswer } from "../../../src/stats/history_json.ts";
import { hotText, mattersOf, stateText } from "../../../src/stats/page/attention.js";
import { PAGE, PAGE_FILES } from "../../../src/stats/page/files.ts";
import { byteRate, bytes, clock, count, duration, micros, percent } from "../../../src/stats/page/format.js";
import { merge, serverId, sumColumns } from "../../../src/stats/page/model.js";
import { CHARTED } from "../../../src/stats/page/panels.js";
import { sparkPath } from "../../../src/stats/page/spark.js";
import { compare } from "../../../src/stats/page/table.js";

const SERVER: ServerAnswer = {
  name: "s1",
  address: "10.0.0.1:6379",
  weight: 1,
  state: "live",
  state_age_ms: null,
  connections: 1,
  queue: 0,
  share: 0.5,
  byte_share: 0.5,
  fair_share: 0.5,
  hot: [],
  latest: {},
  requests: [],
};

const POOL: PoolAnswer = {
  name: "alpha",
  protocol: "redis",
  address: "127.0.0.1:22121",
  ready: true,
  ready_min_servers: 1,
  live_servers: 2,
  servers_total: 2,
  clients: 0,
  latest: {},
  series: {},
  servers: [],
};

/** An answer with samples at these seconds; each is its second. */
function answerAt(seconds: readonly number[], changes: Partial<HistoryAnswer> = {}): HistoryAnswer {
  const series = { requests_read: [...seconds] };
  return {
    service: "nutcracker",
    source: "host",
    version: "1.0.0",
    uptime: 1,
    time_ms: (seconds.at(-1) ?? 0) * 1000,
    period_ms: 1000,
    samples_max: 5,
    metrics: {},
    refused_config: null,
    slow_requests: 0,
    times_ms: seconds.map((second) => second * 1000),
    server_times_ms: [],
    process: {},
    total: series,
    pools: [{ ...POOL, series }],
    ...changes,
  };
}

Deno.test("page: all its files are its own, and all of them are used", () => {
  const texts = [
    PAGE.text,
    ...[...PAGE_FILES].filter(([path]) => !path.includes("uplot")).map(([, { text }]) => text),
  ];
  const used = new Set<string>();
  for (const text of texts) {
    for (const [, path] of text.matchAll(/(?:src|href)="(page\/[^"]+)"/g)) used.add(`/${path}`);
    for (const [, path] of text.matchAll(/^(?:import|export) .*from "\.\/([^"]+)";$/gm)) {
      used.add(`/page/${path}`);
    }
    const outside = text.match(/https?:\/\/(?!www\.w3\.org\/2000\/svg)[^\s"']+/g);
    assertEquals(outside, null);
  }
  assertEquals([...used].sort(), [...PAGE_FILES.keys()].sort());
  // The policy refuses both.
  assert(!/<script(?![^>]*src=)|\son\w+=|\sstyle=/.test(PAGE.text), "nothing is inline");
});

Deno.test("page: every chart shows a series that there is, and every error is shown", () => {
  const names = [...POOL_SERIES, ...PROCESS_SERIES].map(({ name }) => name);
  assertEquals([...CHARTED].filter((name) => !names.includes(name)), []);
  assertEquals(names.filter((name) => /^(error|requests)_/.test(name) && !CHARTED.has(name)), []);
});

Deno.test("page: numbers are written with three digits and the unit that suits them", () => {
  assertEquals([0, 7, 12.34, 999.4, 999.6, 1234, 99_999, 1.5e6, 2e12].map(count), [
    ...["0", "7", "12.3", "999", "1k", "1.23k", "100k", "1.5M", "2T"],
  ]);
  assertEquals([null, undefined, NaN].map(count), ["–", "–", "–"]);
  assertEquals([0, 1023, 1024, 1.5 * 1024 ** 3].map(bytes), ["0 B", "1023 B", "1 KB", "1.5 GB"]);
  assertEquals([byteRate(2048), byteRate(null)], ["2 KB/s", "–"]);
  assertEquals([0.5, 850, 1500, 2.5e6, null].map(micros), ["0.5 µs", "850 µs", "1.5 ms", "2.5 s", "–"]);
  assertEquals([percent(0.0123), percent(0.5)], ["1.23 %", "50 %"]);
  assertEquals([900, 61_000, 3_700_000, 200_000_000].map(duration), [
    "0 s",
    "1 min 1 s",
    "1 h 1 min",
    "2 d 7 h",
  ]);
  assertEquals(clock(Date.now() - 60_000).length, 8);
  assertEquals(clock(0).length, 19);
});

Deno.test("page: answers are put together, cut to what is kept, and what began late has nothing before", () => {
  const first = merge(null, answerAt([1, 2, 3]));
  assertEquals([first.timesMs, first.total.requests_read], [[1000, 2000, 3000], [1, 2, 3]]);
  const beta: PoolAnswer = { ...POOL, name: "beta", series: { requests_read: [9] } };
  const answer = answerAt([4]);
  const second = merge(first, { ...answer, pools: [...answer.pools, beta] });
  assertEquals(second.pools.get("alpha")!.requests_read, [1, 2, 3, 4]);
  assertEquals(second.pools.get("beta")!.requests_read, [null, null, null, 9]);
  const third = merge(second, answerAt([5, 6]));
  assertEquals([third.timesMs[0], third.total.requests_read], [2000, [2, 3, 4, 5, 6]]);
  assertEquals([...third.pools.keys()], ["alpha"]);
  const nothing = merge(third, answerAt([], { time_ms: 6000 }));
  assertEquals(nothing.total.requests_read, [2, 3, 4, 5, 6]);
});

Deno.test("page: a pause, such as a new process, breaks the lines", () => {
  const model = merge(merge(null, answerAt([1, 2])), answerAt([60, 61]));
  assertEquals(model.timesMs, [1000, 2000, 3000, 60_000, 61_000]);
  assertEquals(model.total.requests_read, [1, 2, null, 60, 61]);
  assertEquals(model.pools.get("alpha")!.requests_read, [1, 2, null, 60, 61]);
});

Deno.test("page: servers have a timeline of their own", () => {
  const withServer = (requests: number[], times: number[]) =>
    answerAt([1], { server_times_ms: times, pools: [{ ...POOL, servers: [{ ...SERVER, requests }] }] });
  const model = merge(merge(null, withServer([1, 2], [1000, 6000])), withServer([3], [11_000]));
  assertEquals(model.servers.get(serverId(POOL, SERVER)), [1, 2, 3]);
});

Deno.test("page: columns are added up, nothing with nothing stays nothing", () => {
  assertEquals(sumColumns([[1, null, null], [2, 3, null]]), [3, 3, null]);
  assertEquals(sumColumns([]), []);
});

Deno.test("page: what needs attention is listed, the worst first", () => {
  const now = Date.now();
  const ejected: ServerAnswer = { ...SERVER, state: "ejected", state_age_ms: 65_000 };
  const hot: ServerAnswer = { ...SERVER, name: "s2", hot: ["requests", "queue"], share: 0.9, queue: 70 };
  assertEquals(stateText(SERVER, now), "up");
  assertEquals(stateText(ejected, now), `ejected since ${clock(now - 65_000)} (1 min 5 s)`);
  assertEquals(hotText(hot), "90 % of the requests instead of 50 %, 70 requests wait for it");
  const pools = [
    { ...POOL, name: "calm" },
    { ...POOL, servers: [hot, ejected], live_servers: 1 },
    { ...POOL, name: "beta", ready: false, live_servers: 0, latest: { error_refused: 2, error_other: 1 } },
  ];
  const answer = { pools, time_ms: now, refused_config: { at_ms: now, lines: ["x.yml:3:1: wrong", "y"] } };
  const matters = mattersOf(answer);
  assertEquals(matters.map(({ level, about, text }) => [level, about, text.slice(0, 12)]), [
    ["bad", "configuration", "file could n"],
    ["bad", "alpha / s1", "is ejected s"],
    ["bad", "beta", "is not ready"],
    ["warn", "alpha / s2", "is hot: 90 %"],
    ["warn", "beta", "has 3 errors"],
  ]);
  assert(matters[0].text.endsWith("the one before stays: x.yml:3:1: wrong; y"), matters[0].text);
  assertEquals(mattersOf({ ...answer, pools: [], refused_config: null }), []);
});

Deno.test("page: a spark ends at the right, has gaps where nothing is, and no more points than pixels", () => {
  assertEquals(sparkPath([], 180), "");
  assertEquals(sparkPath([0, 4, null, 2], 8), "M60.0 21.0L75.0 2.0M105.0 11.5");
  const points = sparkPath(Array.from({ length: 900 }, (_, i) => i), 900).match(/[ML]/g)!.length;
  assert(points <= 120, `${points}`);
});

Deno.test("page: words are ordered as people do", () => {
  assertEquals(["s10", "s9", "s1"].sort(compare), ["s1", "s9", "s10"]);
  assertEquals([10, 9, 1].sort(compare), [1, 9, 10]);
});

/** The luminance of a colour by WCAG, from 0 to 1. */
function luminance(color: string): number {
  const [r, g, b] = [1, 3, 5].map((at) => {
    const part = parseInt(color.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

Deno.test("page: words and lines stand out from what is behind them, in light and in dark", () => {
  const { text } = PAGE_FILES.get("/page/style.css")!;
  const schemes = [...text.matchAll(/:root \{([^}]*)\}/g)].map(([, block]) =>
    new Map([...block.matchAll(/--([\w-]+): (#\w{6});/g)].map(([, name, color]) => [name, color]))
  );
  assertEquals(schemes.length, 2);
  const pairs: [front: string, back: string, ratio: number][] = [
    ...["text", "muted", "accent"].flatMap((front) =>
      ["page", "card"].map((back): [string, string, number] => [front, back, 4.5])
    ),
    ...["good", "warn", "bad"].map((tone): [string, string, number] => [`${tone}-text`, `${tone}-fill`, 4.5]),
    ["text", "warn-fill", 4.5],
    ["text", "bad-fill", 4.5],
    ...["blue", "orange", "teal", "red", "violet", "pink", "lime", "brown", "slate"].map((
      line,
    ): [string, string, number] => [line, "card", 3]),
  ];
  for (const scheme of schemes) {
    for (const [front, back, ratio] of pairs) {
      const [a, b] = [luminance(scheme.get(front)!), luminance(scheme.get(back)!)].sort((x, y) => y - x);
      assert(
        (a + 0.05) / (b + 0.05) >= ratio,
        `${front} on ${back}: ${((a + 0.05) / (b + 0.05)).toFixed(2)}`,
      );
    }
  }
});
