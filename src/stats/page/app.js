// @ts-check
/// <reference lib="dom" />
/**
 * The live page: asks the proxy once a second, and draws what it says.
 *
 * @module
 */

import { Attention } from "./attention.js";
import { byId } from "./dom.js";
import { Header } from "./header.js";
import { Panels } from "./panels.js";
import { Poll } from "./poll.js";
import { Pools } from "./pools.js";
import { SlowLog } from "./slow_log.js";

/** Milliseconds between two looks at how old what is shown is. */
const AGE_PERIOD_MS = 500;

const header = new Header();
const overview = new Panels(byId("overview"), true);
const pools = new Pools(() => poll.now());
const attention = new Attention((pool) => pools.reveal(pool));
const slowLog = new SlowLog();

const poll = new Poll(() => pools.question, (model) => {
  header.update(model);
  attention.update(model);
  overview.update(model.timesMs, { ...model.total, ...model.process });
  pools.update(model);
  void slowLog.update(model.answer.slow_requests);
});

setInterval(() => header.tellAge(poll.ageMs, poll.failure), AGE_PERIOD_MS);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
  overview.redraw();
  pools.redraw();
});
void poll.run();
