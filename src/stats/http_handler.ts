/**
 * What the statistics' port answers over HTTP.
 *
 * @module
 */

import { encode } from "../base/ascii.ts";
import { Level } from "../log/level.ts";
import type { KeyLocation, ProcessSnapshot, ReloadState, SlowRequest } from "../metrics/snapshot.ts";
import { type Caller, mayChange } from "./access.ts";
import { formatFullStats } from "./full_json.ts";
import type { History } from "./history/history.ts";
import { historyAnswer, parseHistoryQuery } from "./history_json.ts";
import { formatStats } from "./json.ts";
import { PAGE, PAGE_FILES, PAGE_POLICY, type PageFile } from "./page/files.ts";
import { formatPrometheus, PROMETHEUS_TYPE } from "./prometheus.ts";
import { unreadyReasons } from "./readiness.ts";

/** What the answers are made of. */
export interface StatsSources {
  /** Takes all numbers of the process as they are now. */
  readonly snapshot: () => ProcessSnapshot;
  /** Whether the proxy takes no new clients any more and ends when those that are there have what they are owed. */
  readonly isLeaving: () => boolean;
  /** Gives the configuration as it was loaded, without its secrets. */
  readonly config: () => unknown;
  /** Gives the latest slow requests, the latest first. */
  readonly slowRequests: () => readonly SlowRequest[] | Promise<readonly SlowRequest[]>;
  /**
   * Looks a key up.
   *
   * @param pool The pool's name.
   * @param key The key.
   * @returns Where it belongs now; null if there is no such pool.
   */
  readonly locate: (pool: string, key: Uint8Array) => KeyLocation | null | Promise<KeyLocation | null>;
  /**
   * Sets the log level.
   *
   * @param level A number from 0 to 11.
   */
  readonly setLogLevel: (level: number) => void;
  /**
   * Loads the configuration again.
   *
   * @returns Which one is in use then, and what came of the attempt.
   */
  readonly reload: () => ReloadState | Promise<ReloadState>;
  /** Ends single workers; null or missing if there is only one event loop. */
  readonly workers?: WorkerActions | null;
  /** What changes need that do not come from this machine; null if they cannot be made from elsewhere. */
  readonly adminToken: string | null;
}

/** Ends single workers. */
export interface WorkerActions {
  /**
   * Lets the clients of a worker go, and starts another in its place.
   *
   * @param worker Its number.
   * @returns Why it cannot be done; null if it is done.
   */
  restart(worker: number): Promise<string | null>;
  /**
   * Ends a worker at once, and starts another in its place.
   *
   * @param worker Its number.
   * @returns Why it cannot be done; null if it was told.
   */
  kill(worker: number): string | null;
}

/** What becomes of a request to a resource. */
type Answer = (url: URL, request: Request, caller: Caller) => Response | Promise<Response>;

/** One resource: its method, and what it answers. */
interface Resource {
  readonly method: "GET" | "POST";
  readonly answer: Answer;
}

const PLAIN_TEXT = "text/plain; charset=utf-8";
const JSON_TYPE = "application/json";
const NO_WORKERS = "there is only one event loop";
/** A resource that every worker has, with its number. */
const WORKER_PATH = /^\/workers\/\d{1,3}\//;

function respond(status: number, contentType: string, body: string, headers: HeadersInit = {}): Response {
  const response = new Response(body, { status, headers });
  response.headers.set("content-type", contentType);
  // What is shown is true only now.
  response.headers.set("cache-control", "no-store");
  response.headers.set("x-content-type-options", "nosniff");
  return response;
}

function respondJson(value: unknown): Response {
  return respond(200, JSON_TYPE, `${JSON.stringify(value)}\n`);
}

function refuse(status: number, title: string, reason: string, headers: HeadersInit = {}): Response {
  return respond(status, PLAIN_TEXT, `${status} ${title}: ${reason}\n`, headers);
}

function answerReady({ snapshot, isLeaving }: StatsSources): Response {
  const reasons = isLeaving() ? ["the proxy is shutting down"] : unreadyReasons(snapshot().pools);
  return reasons.length === 0
    ? respond(200, PLAIN_TEXT, "ready\n")
    : respond(503, PLAIN_TEXT, reasons.map((reason) => `${reason}\n`).join(""));
}

async function answerLocate({ locate }: StatsSources, { searchParams }: URL): Promise<Response> {
  const [pool, key] = [searchParams.get("pool"), searchParams.get("key")];
  if (pool === null || key === null) return refuse(400, "Bad Request", "pool and key are needed");
  const location = await locate(pool, encode(key));
  return location === null
    ? refuse(404, "Not Found", `there is no pool "${pool}"`)
    : respondJson({ pool, key, ...location });
}

function answerHistory({ snapshot }: StatsSources, history: History, { searchParams }: URL): Response {
  return respondJson(historyAnswer(snapshot(), history, parseHistoryQuery(searchParams)));
}

function answerLogLevel(sources: StatsSources, { searchParams }: URL): Response {
  const text = searchParams.get("level") ?? "";
  if (!/^\d{1,2}$/.test(text) || Number(text) > Level.PVERB) {
    return refuse(400, "Bad Request", `level has to be a number from 0 to ${Level.PVERB}`);
  }
  sources.setLogLevel(Number(text));
  return respondJson({ level: Number(text) });
}

/** A browser says that it takes HTML, and gets the page; collectors do not, and get the reference's JSON. */
function answerRoot({ snapshot }: StatsSources, { headers }: Request, caller: Caller): Response {
  const isBrowser = headers.get("accept")?.includes("text/html") ?? false;
  if (isBrowser) caller.gotPage?.();
  const response = isBrowser ? respondPage(PAGE) : respond(200, JSON_TYPE, formatStats(snapshot()));
  response.headers.set("vary", "accept");
  return response;
}

function respondPage({ contentType, text }: PageFile): Response {
  return respond(200, contentType, text, {
    "content-security-policy": PAGE_POLICY,
    "referrer-policy": "no-referrer",
  });
}

/** What is wrong with a file that cannot be used is told; everything goes on as it was then. */
async function answerReload({ reload }: StatsSources): Promise<Response> {
  const state = await reload();
  return state.last.ok ? respondJson(state) : refuse(409, "Conflict", state.last.lines.join("\n"));
}

async function answerRestart({ workers }: StatsSources, url: URL): Promise<Response> {
  return answerAction(url, workers ? await workers.restart(workerOf(url)) : NO_WORKERS);
}

function answerKill({ workers }: StatsSources, url: URL): Response {
  return answerAction(url, workers ? workers.kill(workerOf(url)) : NO_WORKERS);
}

function answerAction(url: URL, refusal: string | null): Response {
  return refusal === null ? respondJson({ worker: workerOf(url) }) : refuse(409, "Conflict", refusal);
}

/** The number in a path such as `/workers/1/restart`. */
function workerOf({ pathname }: URL): number {
  return Number(pathname.split("/")[2]);
}

function resourcesOf(sources: StatsSources, history: History): Map<string, Resource> {
  const { snapshot, config, slowRequests, adminToken } = sources;
  const get = (answer: Answer): Resource => ({ method: "GET", answer });
  const change = (answer: Answer): Resource => ({
    method: "POST",
    answer: (url, request, caller) =>
      mayChange(request.headers, caller, adminToken)
        ? answer(url, request, caller)
        : refuse(403, "Forbidden", "changes need the token, or a client on this machine"),
  });
  return new Map<string, Resource>([
    ["/", get((_, request, caller) => answerRoot(sources, request, caller))],
    ["/stats.json", get(() => respond(200, JSON_TYPE, formatFullStats(snapshot())))],
    ["/metrics", get(() => respond(200, PROMETHEUS_TYPE, formatPrometheus(snapshot())))],
    ["/healthz", get(() => respond(200, PLAIN_TEXT, "ok\n"))],
    ["/readyz", get(() => answerReady(sources))],
    ["/config", get(() => respondJson(config()))],
    ["/locate", get((url) => answerLocate(sources, url))],
    ["/history.json", get((url) => answerHistory(sources, history, url))],
    ["/slowlog", get(async () => respondJson(await slowRequests()))],
    ["/log-level", change((url) => answerLogLevel(sources, url))],
    ["/reload", change(() => answerReload(sources))],
    ["/workers/N/restart", change((url) => answerRestart(sources, url))],
    ["/workers/N/kill", change((url) => answerKill(sources, url))],
  ]);
}

/**
 * Makes the handler of all requests. HEAD is answered as GET is; the server leaves the body away.
 *
 * @param sources What the answers are made of.
 * @param history What has been sampled.
 * @returns A handler for requests and who made them.
 */
export function httpHandler(
  sources: StatsSources,
  history: History,
): (request: Request, caller: Caller) => Response | Promise<Response> {
  const resources = resourcesOf(sources, history);
  const notFound = `there is ${[...resources.keys()].join(" ")}`;
  for (const [path, file] of PAGE_FILES) {
    resources.set(path, { method: "GET", answer: () => respondPage(file) });
  }
  return (request, caller) => {
    // A target or a Host header that makes no URL comes through to here.
    const url = URL.parse(request.url);
    if (url === null) return refuse(400, "Bad Request", "the target is no URL");
    const resource = resources.get(url.pathname.replace(WORKER_PATH, "/workers/N/"));
    if (resource === undefined) return refuse(404, "Not Found", notFound);
    const allowed = resource.method === "GET" ? ["GET", "HEAD"] : ["POST"];
    if (!allowed.includes(request.method)) {
      const allow = allowed.join(", ");
      return refuse(405, "Method Not Allowed", `there is ${allowed.join(" and ")}`, { allow });
    }
    return resource.answer(url, request, caller);
  };
}
