import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import bundledChromium from '@sparticuz/chromium';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

const REPORT_VIOLATIONS = `addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) =>
  console.error('content security policy: ' + violatedDirective + ' ' + blockedURI));`;

/** A real Chromium: the one of npm, or another by CHROMIUM_PATH where that one does not run. */
export async function startBrowser(): Promise<Browser> {
  const executablePath = process.env.CHROMIUM_PATH ?? (await bundledChromium.executablePath());
  return chromium.launch({
    executablePath,
    // Root may not have a sandbox; all pages are ours.
    args: ['--no-sandbox', '--headless', '--disable-gpu', '--disable-dev-shm-usage'],
  });
}

/** A page in a browser profile of its own, which remembers all that went wrong in it. */
export interface Tab {
  readonly page: Page;
  /** Violations of the content security policy, errors in the console, exceptions, and requests to other hosts. */
  readonly faults: readonly string[];
  /** @returns what hinders people with a screen reader, a keyboard or weak sight, one line each */
  accessibilityFaults(): Promise<string[]>;
  close(): Promise<void>;
}

export async function openTab(
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {},
): Promise<Tab> {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 900 },
    // That of a machine without one is no language tag.
    locale: 'en-GB',
    ...options,
  });
  context.setDefaultTimeout(30_000);
  const page = await context.newPage();
  const faults: string[] = [];
  const origin = url.startsWith('http') ? new URL(url).origin : '';
  // Only what the page asks for itself: answers that refuse are part of its work.
  page.on('console', (message) => {
    if (message.type() === 'error' && !/Failed to load resource/.test(message.text()))
      faults.push(`console: ${message.text()}`);
  });
  page.on('pageerror', (error) => faults.push(`exception: ${error.message}`));
  page.on('request', (request) => {
    if (!request.url().startsWith(origin)) faults.push(`foreign request: ${request.url()}`);
  });
  await page.addInitScript({ content: REPORT_VIOLATIONS });
  await page.goto(url);
  return {
    page,
    faults,
    accessibilityFaults: () => axeFaults(page),
    close: () => context.close(),
  };
}

interface AxeViolation {
  readonly id: string;
  readonly help: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[];
}

async function axeFaults(page: Page): Promise<string[]> {
  await page.evaluate(AXE);
  const violations = await page.evaluate<AxeViolation[]>(
    'axe.run(document, { resultTypes: ["violations"] }).then(({ violations }) => violations)',
  );
  return violations.map(
    ({ id, help, nodes }) => `${id}: ${help}: ${nodes.map(({ html }) => html).join(' | ')}`,
  );
}
