// @ts-check
/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
/**
 * A table that can be sorted and is brought up to date in place, so that focus and selection stay. On a narrow screen the style sheet
 * makes a card of each row; the roles keep it a table for a screen reader.
 *
 * @module
 */

import { element, setAttribute, setChildren, setText } from "./dom.js";

/**
 * @template Row
 * @typedef {object} TableColumn
 * @property {string} label What stands above it.
 * @property {(row: Row) => number | string} [sort] What it is sorted by; it cannot be without.
 * @property {boolean} [isText] Whether it holds words and not numbers.
 * @property {(row: Row) => string} [text] What a cell says.
 * @property {(cell: HTMLElement, row: Row) => void} [show] Puts something else than text into a cell.
 */

/**
 * @template Row
 * @typedef {object} TableSpec
 * @property {string} caption What the table holds, for who cannot see it.
 * @property {readonly TableColumn<Row>[]} columns Its columns.
 * @property {(row: Row) => string} key What tells rows apart.
 * @property {(row: Row) => "bad" | "warn" | ""} [tone] Whether a row stands out.
 * @property {(row: Row) => HTMLElement | null} [detail] What is shown below a row, over the whole width.
 * @property {string} whenEmpty What is said when there is no row.
 */

/** Which rows come first as long as nobody has chosen an order. */
const TONES = ["bad", "warn", ""];

/**
 * See the module.
 *
 * @template Row
 */
export class Table {
  /** The element that holds it. */
  root;
  #spec;
  /** @type {HTMLElement[]} */
  #heads;
  #body = element("tbody", { role: "rowgroup" });
  #table;
  #empty;
  /** @type {Map<string, { row: HTMLTableRowElement, cells: HTMLTableCellElement[], detail: HTMLTableRowElement | null }>} */
  #rows = new Map();
  /** @type {readonly Row[]} */
  #latest = [];
  /** The column that is sorted by, or -1 for the order that rows are given in, those that stand out first. */
  #sortedBy = -1;
  #isDescending = false;

  /**
   * Makes an empty table.
   *
   * @param {TableSpec<Row>} spec What it shows.
   */
  constructor(spec) {
    this.#spec = spec;
    this.#heads = spec.columns.map((column, i) => this.#head(column, i));
    const head = element("thead", { role: "rowgroup" }, element("tr", { role: "row" }, ...this.#heads));
    const caption = element("caption", { class: "unseen" }, spec.caption);
    this.#table = element("table", { role: "table" }, caption, head, this.#body);
    this.#empty = element("p", { class: "empty" }, spec.whenEmpty);
    this.root = element("div", { class: "table" }, this.#table, this.#empty);
  }

  /**
   * Shows rows.
   *
   * @param {readonly Row[]} rows All of them.
   */
  update(rows) {
    this.#latest = rows;
    this.#table.hidden = rows.length === 0;
    this.#empty.hidden = rows.length > 0;
    const sorted = this.#sorted(rows);
    const keys = new Set(rows.map(this.#spec.key));
    for (const key of [...this.#rows.keys()]) if (!keys.has(key)) this.#rows.delete(key);
    setChildren(this.#body, sorted.flatMap((row) => this.#show(row)));
  }

  /** @param {readonly Row[]} rows @returns {readonly Row[]} */
  #sorted(rows) {
    const by = this.#spec.columns[this.#sortedBy]?.sort;
    const { tone } = this.#spec;
    if (by === undefined) {
      if (tone === undefined) return rows;
      return [...rows].sort((a, b) => TONES.indexOf(tone(a)) - TONES.indexOf(tone(b)));
    }
    const sign = this.#isDescending ? -1 : 1;
    return [...rows].sort((a, b) => sign * compare(by(a), by(b)));
  }

  /** @param {Row} data @returns {HTMLElement[]} */
  #show(data) {
    const key = this.#spec.key(data);
    const made = this.#rows.get(key) ?? this.#make(key);
    this.#spec.columns.forEach(({ text, show }, i) => {
      if (text !== undefined) setText(made.cells[i], text(data));
      else show?.(made.cells[i], data);
    });
    const detail = this.#spec.detail?.(data) ?? null;
    setAttribute(made.row, "data-tone", this.#spec.tone?.(data) ?? "");
    if (detail === null) {
      made.detail = null;
      return [made.row];
    }
    if (made.detail === null) {
      const cell = element("td", { role: "cell", colspan: String(this.#spec.columns.length) }, detail);
      made.detail = element("tr", { role: "row", class: "detail" }, cell);
    }
    return [made.row, made.detail];
  }

  /** @param {string} key */
  #make(key) {
    const cells = this.#spec.columns.map(({ label, isText }) =>
      element("td", { role: "cell", "data-label": label, class: isText ? "text" : "number" })
    );
    const row = element("tr", { role: "row" }, ...cells);
    const made = { row, cells, detail: /** @type {HTMLTableRowElement | null} */ (null) };
    this.#rows.set(key, made);
    return made;
  }

  /** @param {TableColumn<Row>} column @param {number} index @returns {HTMLElement} */
  #head({ label, sort, isText }, index) {
    const attributes = { role: "columnheader", scope: "col", class: isText ? "text" : "number" };
    if (sort === undefined) return element("th", attributes, label);
    const button = element("button", { type: "button" }, label);
    button.addEventListener("click", () => {
      this.#isDescending = this.#sortedBy === index ? !this.#isDescending : !isText;
      this.#sortedBy = index;
      this.#heads.forEach((head, i) => {
        const order = this.#isDescending ? "descending" : "ascending";
        setAttribute(head, "aria-sort", i === index ? order : null);
      });
      this.update(this.#latest);
    });
    return element("th", attributes, button);
  }
}

/**
 * Orders words as people do, and numbers by their value.
 *
 * @param {number | string} a One.
 * @param {number | string} b The other.
 * @returns {number} Below 0 if the first comes first.
 */
export function compare(a, b) {
  if (typeof a === "number" && typeof b === "number") return a - b;
  return String(a).localeCompare(String(b), "en", { numeric: true });
}
