// @ts-check
/**
 * Puts the answers of `/history.json` together to what is drawn: 15 minutes of everything that was asked for.
 *
 * @module
 */

/** @typedef {import("../history_json.ts").HistoryAnswer} HistoryAnswer */
/** @typedef {import("../history_json.ts").PoolAnswer} PoolAnswer */
/** @typedef {import("../history_json.ts").ServerAnswer} ServerAnswer */
/** @typedef {import("../history_json.ts").Samples} Samples */
/** @typedef {(number | null)[]} Values */

/**
 * @typedef {object} Model
 * @property {HistoryAnswer} answer The latest answer.
 * @property {number[]} timesMs When the samples were taken.
 * @property {number[]} serverTimesMs When those of servers were.
 * @property {Samples} total Samples of all pools together.
 * @property {Samples} process Samples of the process.
 * @property {Map<string, Samples>} pools Samples of pools by name.
 * @property {Map<string, Values>} servers Requests of servers by {@link serverId}.
 */

/** A pause that is longer than so many periods is shown as one: the proxy stood still, or was started anew. */
const PAUSE_PERIODS = 5;

/**
 * Names a server.
 *
 * @param {PoolAnswer} pool Its pool.
 * @param {ServerAnswer} server The server.
 * @returns {string} A name that no other server has.
 */
export function serverId(pool, server) {
  return JSON.stringify([pool.name, server.name, server.address]);
}

/**
 * Says whether a pool has something that somebody should look at.
 *
 * @param {PoolAnswer} pool The pool.
 * @returns {boolean} True if it does.
 */
export function isTroubled(pool) {
  return !pool.ready || pool.live_servers < pool.servers_total || errorsOf(pool.latest) > 0 ||
    pool.servers.some(({ hot }) => hot.length > 0);
}

/**
 * Sums the errors of a sample.
 *
 * @param {Record<string, number | null>} latest A sample.
 * @returns {number} Errors per second.
 */
export function errorsOf(latest) {
  return sumOf(latest, "error_");
}

/**
 * Sums the requests of a sample.
 *
 * @param {Record<string, number | null>} latest A sample.
 * @returns {number} Requests per second.
 */
export function requestsOf(latest) {
  return sumOf(latest, "requests_");
}

/**
 * @param {Record<string, number | null>} latest
 * @param {string} prefix
 * @returns {number}
 */
function sumOf(latest, prefix) {
  return Object.entries(latest).reduce(
    (sum, [name, value]) => name.startsWith(prefix) ? sum + (value ?? 0) : sum,
    0,
  );
}

/**
 * Adds columns up.
 *
 * @param {readonly Values[]} columns Columns of one length.
 * @returns {Values} Their sum; null where all are.
 */
export function sumColumns(columns) {
  return (columns[0] ?? []).map((_, i) => {
    const known = columns.map((column) => column[i]).filter((value) => value !== null && value !== undefined);
    return known.length === 0
      ? null
      : known.reduce((/** @type {number} */ sum, value) => sum + (value ?? 0), 0);
  });
}

/**
 * Takes in an answer.
 *
 * @param {Model | null} before What there is; null to begin anew, with an answer that has all samples.
 * @param {HistoryAnswer} answer The answer.
 * @returns {Model} What there is now.
 */
export function merge(before, answer) {
  const max = answer.samples_max;
  const old = { timesMs: before?.timesMs ?? [], serverTimesMs: before?.serverTimesMs ?? [] };
  const paused = pauseBetween(old.timesMs, answer.times_ms, answer.period_ms);
  const pad = paused === null ? [] : [paused];
  const timesMs = [...old.timesMs, ...pad, ...answer.times_ms].slice(-max);
  const serverTimesMs = [...old.serverTimesMs, ...answer.server_times_ms].slice(-max);

  /** @type {(samples: Samples | undefined, more: Samples) => Samples} */
  const extend = (samples, more) =>
    Object.fromEntries(
      Object.entries(more).map(([name, values]) => {
        const all = [...(samples?.[name] ?? []), ...pad.map(() => null), ...values];
        return [name, fit(all, timesMs.length)];
      }),
    );
  return {
    answer,
    timesMs,
    serverTimesMs,
    total: extend(before?.total, answer.total),
    process: extend(before?.process, answer.process),
    pools: new Map(
      answer.pools.map((pool) => [pool.name, extend(before?.pools.get(pool.name), pool.series)]),
    ),
    servers: new Map(answer.pools.flatMap((pool) =>
      pool.servers.map((server) => {
        const id = serverId(pool, server);
        return [id, fit([...(before?.servers.get(id) ?? []), ...server.requests], serverTimesMs.length)];
      })
    )),
  };
}

/**
 * Tells the time of a sample without numbers that breaks the lines of the charts.
 *
 * @param {readonly number[]} before
 * @param {readonly number[]} after
 * @param {number} periodMs
 * @returns {number | null} Null if there was no pause.
 */
function pauseBetween(before, after, periodMs) {
  if (before.length === 0 || after.length === 0) return null;
  const last = before[before.length - 1];
  return after[0] - last > PAUSE_PERIODS * periodMs ? last + periodMs : null;
}

/**
 * Makes a column as long as its times: what began later has nothing before.
 *
 * @param {Values} values
 * @param {number} length
 * @returns {Values}
 */
function fit(values, length) {
  if (values.length >= length) return values.slice(values.length - length);
  return [...Array(length - values.length).fill(null), ...values];
}
