/** A tab of a real Chromium in which somebody uses the console. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Browser, CDPSession, Page } from 'playwright-core';
import { openTab } from '../../systems/browser.js';

export interface Visit {
  /** From the navigation until the first row is painted. */
  readonly firstRowMs: number;
  /** The longest request to the API, from its start to the end of its answer. */
  readonly requestMs: number;
  /** Received from the API until the first row, as it was compressed. */
  readonly dataKib: number;
  readonly codeKib: number;
}

export interface TabMemory {
  /** After garbage collection. */
  readonly heapMib: number;
  readonly nodes: number;
}

const MIB = 1_048_576;
const POLL_MS = 50;
/** Other requests of a page may still be under way when its first row is there. */
const QUIET_MS = 400;
const LONGEST_MS = 60_000;

/** Stands below a list that goes on, also where a page has found nothing. */
export const PAGER = 'Pages of the list';

/** Notes for each list by its label when its first row was painted. */
const WATCH_ROWS = `(() => {
  const painted = (globalThis.firstRows = {});
  const note = (label) => {
    if (label in painted) return;
    painted[label] = 0;
    requestAnimationFrame(() => setTimeout(() => (painted[label] = performance.now())));
  };
  const look = () => {
    for (const row of document.querySelectorAll('[role=region] table[aria-busy=false] tbody tr:first-child'))
      note(row.closest('[role=region]').getAttribute('aria-label'));
    if (document.querySelector('nav[aria-label="${PAGER}"]')) note('${PAGER}');
  };
  new MutationObserver(look).observe(document, { subtree: true, childList: true, attributes: true });
})()`;

/** Buffers are for hundreds of entries by default. */
const RESOURCES = `performance.getEntriesByType('resource').map(({ name, requestStart, responseEnd, transferSize }) =>
  ({ path: new URL(name).pathname, ms: responseEnd - requestStart, bytes: transferSize }))`;

const rowsOf = (label: string): string =>
  `document.querySelector('[role=region][aria-label=' + JSON.stringify(${JSON.stringify(label)}) + '] table[aria-busy=false] tbody')?.textContent`;

/** Presses a button or link, and tells after how many milliseconds other rows were painted. */
const pressed = (name: string, label: string): string => `new Promise((resolve, reject) => {
  setTimeout(() => reject(new Error('no other rows after ${name}')), ${LONGEST_MS});
  const before = ${rowsOf(label)};
  const began = performance.now();
  const observer = new MutationObserver(() => {
    const now = ${rowsOf(label)};
    if (!now || now === before) return;
    observer.disconnect();
    requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - began)));
  });
  observer.observe(document, { subtree: true, childList: true, characterData: true, attributes: true });
  [...document.querySelectorAll('nav a, nav button')].find(({ textContent }) => textContent.trim() === ${JSON.stringify(name)}).click();
})`;

interface Resource {
  readonly path: string;
  readonly ms: number;
  readonly bytes: number;
}

export class ConsoleTab {
  private constructor(
    readonly page: Page,
    private readonly url: string,
    private readonly devtools: CDPSession,
    readonly close: () => Promise<void>,
    private readonly faults: readonly string[],
  ) {}

  /** @param apiKey logs in */
  static async open(browser: Browser, url: string, apiKey: string): Promise<ConsoleTab> {
    const tab = await openTab(browser, `${url}/console`);
    const { page, faults } = tab;
    const answer = await page.request.post(`${url}/v1/session`, { data: { apiKey } });
    if (!answer.ok()) throw new Error(`the log-in was answered ${answer.status()}`);
    await page.addInitScript({ content: WATCH_ROWS });
    const devtools = await page.context().newCDPSession(page);
    await devtools.send('Performance.enable');
    return new ConsoleTab(page, url, devtools, () => tab.close(), faults);
  }

  /** Goes to a page as by its address, and waits for the first row of a list. */
  async visit(path: string, label: string): Promise<Visit> {
    await this.page.goto(`${this.url}/console${path}`, { waitUntil: 'commit' });
    const firstRowMs = await this.#firstRow(label);
    await sleep(QUIET_MS);
    const all = await this.page.evaluate<Resource[]>(RESOURCES);
    const data = all.filter(({ path: each }) => each.startsWith('/v1/'));
    const code = all.filter((each) => !data.includes(each));
    const kib = (of: readonly Resource[]) => of.reduce((sum, { bytes }) => sum + bytes, 0) / 1_024;
    return {
      firstRowMs,
      requestMs: Math.max(0, ...data.map(({ ms }) => ms)),
      dataKib: kib(data),
      codeKib: kib(code),
    };
  }

  /** @returns milliseconds until the list shows other rows */
  press(name: string, label: string): Promise<number> {
    return this.page.evaluate<number>(pressed(name, label));
  }

  async memory(): Promise<TabMemory> {
    for (let turn = 0; turn < 3; turn++) {
      await this.devtools.send('HeapProfiler.collectGarbage');
      await sleep(POLL_MS);
    }
    const { metrics } = await this.devtools.send('Performance.getMetrics');
    const of = (name: string) => metrics.find((metric) => metric.name === name)?.value ?? Number.NaN;
    return { heapMib: of('JSHeapUsedSize') / MIB, nodes: of('Nodes') };
  }

  /** Milliseconds for which the tab was busy, since it was opened. */
  async busyMs(): Promise<number> {
    const { metrics } = await this.devtools.send('Performance.getMetrics');
    return (metrics.find(({ name }) => name === 'TaskDuration')?.value ?? Number.NaN) * 1_000;
  }

  async #firstRow(label: string): Promise<number> {
    for (const began = Date.now(); Date.now() - began < LONGEST_MS; await sleep(POLL_MS)) {
      const at = await this.page.evaluate<number>(`globalThis.firstRows?.[${JSON.stringify(label)}] ?? 0`);
      if (at > 0) return at;
      const [fault] = this.faults;
      if (fault !== undefined) throw new Error(`the page has failed: ${fault}`);
    }
    throw new Error(`the list '${label}' shows no row`);
  }
}
