/**
 * A real Chromium with the live page in it, as tests see it.
 *
 * @module
 */

import { requireProgram } from "../support/programs.ts";
import type { Order, Outcome, PageEvents } from "./driver.ts";

const DRIVER = new URL("driver.ts", import.meta.url).pathname;
const LOCK = new URL("driver.lock", import.meta.url).pathname;

/** A running browser; `await using` closes it. */
export class Browser implements AsyncDisposable {
  readonly #process: Deno.ChildProcess;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #reader: ReadableStreamDefaultReader<string>;
  #rest = "";

  /** Starts the browser. */
  constructor() {
    const args = ["run", "-A", "--quiet", "--no-config", `--lock=${LOCK}`, "--frozen", DRIVER];
    this.#process = new Deno.Command(Deno.execPath(), {
      args: [...args, requireProgram("chromium")],
      stdin: "piped",
      stdout: "piped",
    }).spawn();
    this.#writer = this.#process.stdin.getWriter();
    this.#reader = this.#process.stdout.pipeThrough(new TextDecoderStream()).getReader();
  }

  /**
   * Opens a page in place of the one before.
   *
   * @param url Its address.
   * @param width How many pixels wide it is.
   * @param scheme The reader's colours.
   */
  async open(url: string, width = 1920, scheme: "light" | "dark" = "light"): Promise<void> {
    await this.#obey({ do: "open", url, width, scheme });
  }

  /**
   * Evaluates an expression in the page.
   *
   * @param expression Of JavaScript; its value is one of JSON.
   * @returns Its value.
   */
  async evaluate<T>(expression: string): Promise<T> {
    return await this.#obey({ do: "evaluate", expression }) as T;
  }

  /**
   * Gives the text of the first element that a selector finds.
   *
   * @param selector Of CSS.
   * @returns The text as it is shown; null if there is no such element or it is hidden.
   */
  async text(selector: string): Promise<string | null> {
    return await this.evaluate(`(() => {
      const found = document.querySelector(${JSON.stringify(selector)});
      return found === null || found.offsetParent === null ? null : found.innerText;
    })()`);
  }

  /**
   * Presses a key.
   *
   * @param key Its name, such as `Enter`.
   */
  async press(key: string): Promise<void> {
    await this.#obey({ do: "press", key });
  }

  /**
   * Fills in a field.
   *
   * @param selector Which one.
   * @param text With what.
   */
  async fill(selector: string, text: string): Promise<void> {
    await this.#obey({ do: "fill", selector, text });
  }

  /**
   * Clicks an element.
   *
   * @param selector Which one.
   */
  async click(selector: string): Promise<void> {
    await this.#obey({ do: "click", selector });
  }

  /**
   * Takes a picture of the whole page.
   *
   * @param path The file.
   */
  async screenshot(path: string): Promise<void> {
    await this.#obey({ do: "screenshot", path });
  }

  /** What the page has done since it was opened. */
  async events(): Promise<PageEvents> {
    return await this.#obey({ do: "events" }) as PageEvents;
  }

  /** See {@link Browser}. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#writer.close().catch(() => {});
    while (!(await this.#reader.read()).done);
    await this.#process.status;
  }

  async #obey(order: Order): Promise<unknown> {
    await this.#writer.write(new TextEncoder().encode(`${JSON.stringify(order)}\n`));
    while (!this.#rest.includes("\n")) {
      const { done, value } = await this.#reader.read();
      if (done) throw new Error(`Cannot ${order.do}: the browser's driver has ended`);
      this.#rest += value;
    }
    const end = this.#rest.indexOf("\n");
    const { value, error }: Outcome = JSON.parse(this.#rest.slice(0, end));
    this.#rest = this.#rest.slice(end + 1);
    if (error !== undefined) throw new Error(`Cannot ${order.do}: ${error}`);
    return value;
  }
}
