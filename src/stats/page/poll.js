// @ts-check
/// <reference lib="dom" />
/**
 * Asks for the samples, again and again, and knows how old the latest are.
 *
 * @module
 */

import { merge } from "./model.js";

/** @typedef {import("./model.js").Model} Model */
/** @typedef {import("./model.js").HistoryAnswer} HistoryAnswer */

/** Milliseconds between two questions, which is how often samples are taken; and while nobody looks at the page. */
const PERIOD_MS = 1000;
const HIDDEN_PERIOD_MS = 10_000;
/** Milliseconds until an answer is no longer waited for. */
const ANSWER_MS = 3000;
/** Milliseconds without a new sample from which on what is shown is stale. */
export const STALE_MS = 3500;

/**
 * @typedef {object} Question
 * @property {readonly string[]} pools The pools of which everything is wanted.
 * @property {string} find A part of the names of servers that are wanted.
 */

/** See the module. */
export class Poll {
  /** @type {Model | null} */
  #model = null;
  /** What the samples that are here were asked for with. */
  #asked = "";
  /** When the latest new sample came, on the clock of `performance.now()`. */
  #freshAt = performance.now();
  #wake = () => {};
  #isHurried = false;
  /** @type {string | null} */
  #failure = null;
  /** @type {() => Question} */
  #question;
  /** @type {(model: Model) => void} */
  #onModel;

  /**
   * Makes a poll that does not run yet.
   *
   * @param {() => Question} question Tells what is wanted.
   * @param {(model: Model) => void} onModel Is called with what there is after each answer.
   */
  constructor(question, onModel) {
    this.#question = question;
    this.#onModel = onModel;
    document.addEventListener("visibilitychange", () => {
      // A hidden page is not told the time; it has not missed anything until it had the chance to ask.
      if (!document.hidden) this.#freshAt = Math.max(this.#freshAt, performance.now() - PERIOD_MS);
      this.now();
    });
  }

  /** How old the latest sample is, in milliseconds. */
  get ageMs() {
    return performance.now() - this.#freshAt;
  }

  /** Why the latest question has no answer; null if it has. */
  get failure() {
    return this.#failure;
  }

  /** Asks at once, such as when something else is wanted. */
  now() {
    this.#isHurried = true;
    this.#wake();
  }

  /** Asks until the page is closed. */
  async run() {
    for (;;) {
      const startedAt = performance.now();
      this.#isHurried = false;
      await this.#ask();
      if (this.#isHurried) continue;
      const period = document.hidden ? HIDDEN_PERIOD_MS : PERIOD_MS;
      const rest = Math.max(0, period - (performance.now() - startedAt));
      await new Promise((resolve) => {
        const timer = setTimeout(resolve, rest);
        this.#wake = () => {
          clearTimeout(timer);
          resolve(undefined);
        };
      });
    }
  }

  async #ask() {
    const { pools, find } = this.#question();
    const query = new URLSearchParams(pools.map((pool) => ["pool", pool]));
    if (find !== "") query.set("find", find);
    // What was not asked for before has its past still to come.
    const known = query.toString() === this.#asked ? this.#model : null;
    const asked = query.toString();
    query.set("since", String(known?.answer.time_ms ?? 0));
    /** @type {HistoryAnswer} */
    let answer;
    try {
      const signal = AbortSignal.timeout(ANSWER_MS);
      const response = await fetch(`history.json?${query}`, { cache: "no-store", signal });
      if (!response.ok) throw new Error(`the proxy answers ${response.status}`);
      answer = await response.json();
    } catch (error) {
      this.#failure = reasonOf(error);
      return;
    }
    this.#failure = null;
    try {
      this.#take(answer, known, asked);
    } catch (error) {
      // A mistake of the page: the console tells of it, and the next answer is asked for all the same.
      reportError(error);
    }
  }

  /**
   * @param {HistoryAnswer} answer
   * @param {Model | null} known
   * @param {string} asked
   */
  #take(answer, known, asked) {
    // A process in its first second has taken no sample yet.
    if (answer.time_ms === 0) return;
    const latestMs = this.#model?.answer.time_ms ?? 0;
    // Another process with another clock: all that is here is of no use.
    const isBack = answer.time_ms < latestMs;
    if (answer.time_ms !== latestMs) this.#freshAt = performance.now();
    this.#model = merge(isBack ? null : known, answer);
    this.#asked = isBack ? "again" : asked;
    this.#onModel(this.#model);
  }
}

/** @param {unknown} error What a question has failed with. @returns {string} Words for it; those of browsers differ. */
function reasonOf(error) {
  if (error instanceof TypeError) return "it cannot be reached";
  if (error instanceof DOMException) return "it does not answer";
  return error instanceof Error ? error.message : String(error);
}
