/**
 * Drives Chromium for the tests of the live page: a program of its own with a lock file of its own, so that who runs the proxy need not
 * download what drives it. `driver.ts CHROMIUM` reads an {@link Order} per line and writes an {@link Outcome} per line; at the end of
 * its input it closes the browser.
 *
 * @module
 */

/** What the driver is asked to do. */
export type Order =
  | { readonly do: "open"; readonly url: string; readonly width: number; readonly scheme: "light" | "dark" }
  | { readonly do: "evaluate"; readonly expression: string }
  | { readonly do: "press"; readonly key: string }
  | { readonly do: "fill"; readonly selector: string; readonly text: string }
  | { readonly do: "click"; readonly selector: string }
  | { readonly do: "screenshot"; readonly path: string }
  | { readonly do: "events" };

/** What came of it: a value of JSON, or an error. */
export interface Outcome {
  /** What was asked for. */
  readonly value?: unknown;
  /** Why there is none. */
  readonly error?: string;
}

/** What the page has done since it was opened. */
export interface PageEvents {
  /** Errors and warnings of the console, and exceptions that nobody caught. */
  readonly complaints: readonly string[];
  /** What it asked for, by URL. */
  readonly requests: readonly string[];
  /** Requests that failed, with the reason. */
  readonly failures: readonly string[];
}

/** What is used of a request. */
interface BrowserRequest {
  url(): string;
  failure(): { errorText: string } | null;
}

/** What is used of a page. */
interface Page {
  on(event: "console", listener: (message: { type(): string; text(): string }) => void): void;
  on(event: "pageerror", listener: (error: Error) => void): void;
  on(event: "request" | "requestfailed", listener: (request: BrowserRequest) => void): void;
  goto(url: string): Promise<unknown>;
  evaluate(expression: string): Promise<unknown>;
  fill(selector: string, text: string): Promise<void>;
  click(selector: string): Promise<void>;
  screenshot(options: { path: string; fullPage: boolean }): Promise<unknown>;
  close(): Promise<void>;
  readonly keyboard: { press(key: string): Promise<void> };
}

/** What is used of a browser. */
interface Browser {
  newPage(options: { viewport: { width: number; height: number }; colorScheme: string }): Promise<Page>;
  close(): Promise<void>;
}

/** The library, by a name that is made at run time, which keeps it out of the project's own modules. */
const LIBRARY = `npm:${"playwright-core@1.65.1"}`;

/** One browser with one page at a time. */
class Driver {
  #page: Page | null = null;
  #events = { complaints: [] as string[], requests: [] as string[], failures: [] as string[] };
  readonly #browser: Browser;

  constructor(browser: Browser) {
    this.#browser = browser;
  }

  async obey(order: Order): Promise<unknown> {
    if (order.do === "open") return await this.#open(order);
    if (order.do === "events") return this.#events;
    const page = this.#page;
    if (page === null) throw new Error("no page is open");
    switch (order.do) {
      case "evaluate":
        return await page.evaluate(order.expression);
      case "press":
        return await page.keyboard.press(order.key);
      case "fill":
        return await page.fill(order.selector, order.text);
      case "click":
        return await page.click(order.selector);
      case "screenshot":
        await page.screenshot({ path: order.path, fullPage: true });
    }
  }

  async #open({ url, width, scheme }: Extract<Order, { do: "open" }>): Promise<void> {
    await this.#page?.close();
    const events = { complaints: [] as string[], requests: [] as string[], failures: [] as string[] };
    this.#events = events;
    const page = await this.#browser.newPage({ viewport: { width, height: 900 }, colorScheme: scheme });
    this.#page = page;
    page.on("console", (message) => {
      if (["error", "warning"].includes(message.type())) events.complaints.push(message.text());
    });
    page.on("pageerror", (error) => events.complaints.push(String(error.stack ?? error)));
    page.on("request", (request) => events.requests.push(request.url()));
    page.on("requestfailed", (request) => {
      events.failures.push(`${request.url()} ${request.failure()?.errorText}`);
    });
    await page.goto(url);
  }
}

/** Yields the lines of the standard input. */
async function* lines(): AsyncGenerator<string> {
  let rest = "";
  for await (const text of Deno.stdin.readable.pipeThrough(new TextDecoderStream())) {
    const parts = (rest + text).split("\n");
    rest = parts.pop() ?? "";
    yield* parts;
  }
}

async function write(outcome: Outcome): Promise<void> {
  const bytes = new TextEncoder().encode(`${JSON.stringify(outcome)}\n`);
  for (let at = 0; at < bytes.length;) at += await Deno.stdout.write(bytes.subarray(at));
}

if (import.meta.main) {
  const { chromium } = await import(LIBRARY);
  // Chromium does not put itself into a sandbox as root, as which tests in containers run; it opens nothing but the page.
  const browser: Browser = await chromium.launch({ executablePath: Deno.args[0], chromiumSandbox: false });
  const driver = new Driver(browser);
  for await (const line of lines()) {
    try {
      await write({ value: await driver.obey(JSON.parse(line)) });
    } catch (error) {
      await write({ error: String(error) });
    }
  }
  await browser.close();
}
