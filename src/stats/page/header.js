// @ts-check
/// <reference lib="dom" />
/**
 * The head of the page: which process this is, and whether what is shown is true now.
 *
 * @module
 */

import { byId, element, setAttribute, setText } from "./dom.js";
import { bytes, clock, count, duration, micros } from "./format.js";
import { STALE_MS } from "./poll.js";

/** @typedef {import("./model.js").Model} Model */

/** @type {readonly [label: string, text: (model: Model) => string][]} */
const FACTS = [
  ["up for", ({ answer }) => duration(answer.uptime * 1000)],
  ["configuration", ({ answer }) => `no. ${answer.metrics.config_generation}`],
  ["loaded", ({ answer }) => `${duration(answer.metrics.config_age * 1000)} ago`],
  ["connections", ({ answer }) => count(answer.metrics.connections)],
  ["memory", ({ answer }) => bytes(answer.metrics.resident_memory)],
  ["event loop late, p99", ({ process }) => micros(process.event_loop_lag_us?.at(-1))],
];

/** See the module. */
export class Header {
  #values = FACTS.map(() => element("dd"));
  #host = byId("host");
  #liveness = byId("liveness");
  #stale = byId("stale");
  /** @type {Model | null} */
  #model = null;

  /** Fills in what does not change. */
  constructor() {
    byId("facts").append(
      ...FACTS.map(([label], i) => element("div", {}, element("dt", {}, label), this.#values[i])),
    );
  }

  /**
   * Shows what there is.
   *
   * @param {Model} model All of it.
   */
  update(model) {
    this.#model = model;
    setText(this.#host, `${model.answer.version} on ${model.answer.source}`);
    FACTS.forEach(([, text], i) => setText(this.#values[i], text(model)));
  }

  /**
   * Says how old what is shown is.
   *
   * @param {number} ageMs How long ago the latest sample came.
   * @param {string | null} failure Why there is no answer; null if there is.
   */
  tellAge(ageMs, failure) {
    const isStale = ageMs > STALE_MS;
    document.body.classList.toggle("stale", isStale);
    const trouble = this.#model === null
      ? ""
      : this.#model.answer.pools.some(({ ready }) => !ready)
      ? "not ready"
      : "";
    document.title = `${isStale ? "stale: " : trouble === "" ? "" : `${trouble}: `}nutcracker ${
      this.#model?.answer.source ?? ""
    }`;
    setAttribute(this.#liveness, "class", isStale ? "pill bad" : this.#model === null ? "pill" : "pill good");
    setText(this.#liveness, isStale ? "Stale" : this.#model === null ? "Loading" : "Live");
    this.#stale.hidden = !isStale;
    if (!isStale) return;
    const cause = failure ?? "its numbers do not change";
    const shown = this.#model === null
      ? "Nothing to show yet"
      : `What is shown is of ${clock(this.#model.answer.time_ms)}`;
    setText(this.#stale, `No news from the proxy for ${duration(ageMs)}: ${cause}. ${shown}.`);
  }
}
