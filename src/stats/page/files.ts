/**
 * The files of the live page, as parts of the program: nothing is read from beside it, and a browser asks nobody else.
 *
 * What is in this folder is what the browser gets: no build step. The charts are drawn by uPlot, from npm.
 *
 * ```text
 *   index.html ──▶ app.js ──▶ poll.js                       asks for /history.json once a second
 *                    │  └───▶ model.js                      puts answers together: what is drawn
 *                    └──────▶ header.js attention.js pools.js servers.js slow_log.js     draw it
 *                                └──▶ chart.js (uPlot) spark.js table.js dom.js format.js
 * ```
 *
 * @module
 */

import UPLOT_JS from "uplot/dist/uPlot.iife.min.js" with { type: "text" };
import UPLOT_CSS from "uplot/dist/uPlot.min.css" with { type: "text" };
import APP_JS from "./app.js" with { type: "text" };
import ATTENTION_JS from "./attention.js" with { type: "text" };
import CHART_JS from "./chart.js" with { type: "text" };
import DOM_JS from "./dom.js" with { type: "text" };
import FORMAT_JS from "./format.js" with { type: "text" };
import HEADER_JS from "./header.js" with { type: "text" };
import ICON from "./icon.svg" with { type: "text" };
import INDEX_HTML from "./index.html" with { type: "text" };
import MODEL_JS from "./model.js" with { type: "text" };
import PANELS_JS from "./panels.js" with { type: "text" };
import POLL_JS from "./poll.js" with { type: "text" };
import POOLS_JS from "./pools.js" with { type: "text" };
import SERVERS_JS from "./servers.js" with { type: "text" };
import SLOW_LOG_JS from "./slow_log.js" with { type: "text" };
import SPARK_JS from "./spark.js" with { type: "text" };
import STYLE_CSS from "./style.css" with { type: "text" };
import TABLE_JS from "./table.js" with { type: "text" };

/** A file as it is served. */
export interface PageFile {
  /** Its type. */
  readonly contentType: string;
  /** What is in it. */
  readonly text: string;
}

/** What a browser may do for the page: nothing but ask the proxy. */
export const PAGE_POLICY: string = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

const script = (text: string): PageFile => ({ contentType: "text/javascript; charset=utf-8", text });
const style = (text: string): PageFile => ({ contentType: "text/css; charset=utf-8", text });

/** The page itself. */
export const PAGE: PageFile = { contentType: "text/html; charset=utf-8", text: INDEX_HTML };

/** What the page consists of, by paths. */
export const PAGE_FILES: ReadonlyMap<string, PageFile> = new Map([
  ["/page/app.js", script(APP_JS)],
  ["/page/attention.js", script(ATTENTION_JS)],
  ["/page/chart.js", script(CHART_JS)],
  ["/page/dom.js", script(DOM_JS)],
  ["/page/format.js", script(FORMAT_JS)],
  ["/page/header.js", script(HEADER_JS)],
  ["/page/icon.svg", { contentType: "image/svg+xml", text: ICON }],
  ["/page/model.js", script(MODEL_JS)],
  ["/page/panels.js", script(PANELS_JS)],
  ["/page/poll.js", script(POLL_JS)],
  ["/page/pools.js", script(POOLS_JS)],
  ["/page/servers.js", script(SERVERS_JS)],
  ["/page/slow_log.js", script(SLOW_LOG_JS)],
  ["/page/spark.js", script(SPARK_JS)],
  ["/page/style.css", style(STYLE_CSS)],
  ["/page/table.js", script(TABLE_JS)],
  ["/page/uplot.js", script(UPLOT_JS)],
  ["/page/uplot.css", style(UPLOT_CSS)],
]);
