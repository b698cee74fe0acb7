import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { makeTestDirectory } from '#libs/testing';
import { answerWith, WebhookReceiver } from '#libs/webhook-delivery/testing';
import { startPaymentGateway } from '../../tools/launcher/embedded.mjs';
import { openTab, startBrowser, type Tab } from '../systems/browser.js';
import { pagesOf } from './console.fixture.js';
import { Fulfilment, WITH_FULFILMENT } from './fulfilment.fixture.js';
import { type Client, eventually, locationOf, someOrder, useSharedSystem } from './system.fixture.js';

const directory = await makeTestDirectory('console');
const keyFile = join(directory, 'key');
const gateway = await startPaymentGateway({ directory: join(directory, 'gateway') });

/** What a customer may type, which must never run. */
const SCRIPT = `<img src=x onerror="console.error('a stored script ran')"><script>console.error('ran')</script>`;
const ONE_ATTEMPT = { maxAttempts: 1, initialDelayMs: 20, maxDelayMs: 50, timeoutMs: 30_000 };

/** In a real browser, as a person goes through it. */
describe('the console', () => {
  const tenant = `console-${randomUUID().slice(0, 8)}`;
  const { system } = useSharedSystem({
    settings: {
      ...WITH_FULFILMENT,
      PAYMENT_GATEWAY_URL: gateway.url,
      PAYMENT_TIMEOUT_MS: '600000',
      CONSOLE_DEVELOPMENT_KEY_FILE: keyFile,
    },
  });
  let client: Client;
  let browser: Browser;
  let receiver: WebhookReceiver;
  let failing: WebhookReceiver;
  let subscriptionId: string;
  let failingId: string;
  let orderId: string;
  let tab: Tab;

  const open = (options: Parameters<typeof openTab>[2] = {}) =>
    openTab(browser, `${system.app.url}/console`, options);
  /** Somebody else's tab on the overview, which some requests do not reach. */
  async function enter({ without = [] }: { readonly without?: readonly string[] } = {}): Promise<Tab> {
    const other = await openTab(browser, 'about:blank');
    for (const path of without) await other.page.route(path, (route) => route.abort());
    await other.page.goto(`${system.app.url}/console`);
    await button(other.page, 'Use the development key').click();
    await heading(other.page, 'Overview');
    return other;
  }
  const idOf = (answer: Awaited<ReturnType<Client['subscribe']>>) => locationOf(answer).split('/').at(-1)!;

  beforeAll(async () => {
    client = await system.client(tenant);
    await writeFile(keyFile, client.apiKey);
    [receiver, failing, browser] = await Promise.all([
      WebhookReceiver.start(),
      WebhookReceiver.start(),
      startBrowser(),
    ]);
    failing.script = () => answerWith(503, { body: SCRIPT });
    subscriptionId = idOf(await client.subscribe({ callbackUrl: receiver.url, eventTypes: ['*'] }));
    failingId = idOf(
      await client.subscribe({ callbackUrl: failing.url, eventTypes: ['order.created'], retry: ONE_ATTEMPT }),
    );
    const order = await client.post('/v1/orders', {
      ...someOrder(SCRIPT),
      customer: { id: SCRIPT, email: 'ada@example.com', name: SCRIPT },
      metadata: { note: SCRIPT },
    });
    ({ orderId } = order.body);
    await new Fulfilment(client).reaches(orderId, 'confirmed');
    await eventually(async () => {
      const { body } = await client.get(`/v1/webhook-subscriptions/${failingId}/dead-letters`);
      expect(body.items).toHaveLength(1);
    });
    tab = await open();
  });
  afterEach(() => expect(tab.faults).toEqual([]));
  afterAll(async () => {
    await Promise.all([browser?.close(), receiver?.close(), failing?.close(), gateway.stop()]);
  });

  const button = (page: Page, name: string | RegExp) => page.getByRole('button', { name, exact: true });
  const link = (page: Page, name: string | RegExp) => page.getByRole('link', { name, exact: true });

  const heading = (page: Page, name: string | RegExp) =>
    page.getByRole('heading', { level: 1, name }).waitFor();
  /** An act that asks first: its button, and the button of the dialog that says the same. */
  async function confirm(page: Page, name: string, typed?: string): Promise<void> {
    await button(page, name).first().click();
    const dialog = page.getByRole('dialog');
    if (typed !== undefined) await dialog.getByLabel(/^Type /).fill(typed);
    await dialog.getByRole('button', { name, exact: true }).click();
    await dialog.waitFor({ state: 'hidden' });
  }

  it("leads in five clicks from the start's link to the story of an order with its webhook attempts", async () => {
    const { page } = tab;
    await button(page, 'Use the development key').click();
    await link(page, 'Orders').click();
    await link(page, orderId).click();
    await page.getByRole('button', { name: /order\.created/ }).click();
    await page.getByRole('link', { name: new RegExp(`^${new URL(receiver.url).host}`) }).click();
    await heading(page, /^Delivery of order\.created/);
    await page.getByText('204').first().waitFor();
    expect(new URL(page.url()).pathname).toContain(`/console/webhooks/${subscriptionId}/deliveries/`);
  });

  it('finds a failing subscriber, explains it, and has its dead letter redriven once it is mended', async () => {
    const { page } = tab;
    await link(page, 'Webhooks').click();
    await page.getByLabel('Health').selectOption('failing');
    await page
      .getByRole('row', { name: new RegExp(new URL(failing.url).host) })
      .getByRole('link')
      .first()
      .click();
    await page.getByText('Attempts ran out for 1 delivery.').waitFor();
    await page.getByText('failing', { exact: true }).waitFor();
    await link(page, 'Redrive or skip').click();
    await link(page, 'Explain').first().click();
    await page.getByRole('status').getByText('parked').waitFor();
    failing.script = () => answerWith(204);
    await page.getByRole('tab', { name: 'Dead letters' }).click();
    await confirm(page, 'Redrive all');
    await page.getByText('1 dead letter will be sent again.').waitFor();
    await page.getByText('None: no delivery has run out of attempts.').waitFor();
    await eventually(async () => expect(failing.deliveries.at(-1)?.answer).toMatchObject({ status: 204 }));
  });

  it('leads from an order of many items to why a webhook did not get an event, and redrives what was lost', async () => {
    const { page } = tab;
    failing.script = () => answerWith(503);
    const items = Array.from({ length: 100 }, (_, item) => ({
      ...someOrder().items[0],
      sku: `an-article-with-a-long-name-${item}`,
    }));
    const order = await client.post('/v1/orders', { ...someOrder(), items });
    const large = order.body.orderId as string;
    await new Fulfilment(client).reaches(large, 'confirmed');
    await page.goto(`${system.app.url}/console/orders/${large}`);
    const created = page.getByRole('button', { name: /order\.created.*not delivered to 1/ });
    await created.waitFor();
    expect((await created.boundingBox())?.y).toBeLessThan(900);
    await page.getByText('100 lines').click();
    await link(page, items[99]!.sku).waitFor();
    await page.getByRole('button', { name: /order\.confirmed/ }).click();
    await page.getByRole('link', { name: new RegExp(`^Explain for ${new URL(failing.url).host}`) }).click();
    await page.getByRole('status').getByText('not-subscribed').waitFor();
    expect(await link(page, 'What was sent').count()).toBe(0);
    await page.goBack();
    await created.click();
    await page.getByRole('link', { name: new RegExp(`^${new URL(failing.url).host} `) }).click();
    failing.script = () => answerWith(204);
    await confirm(page, 'Redrive');
    await page.getByText('delivered', { exact: true }).first().waitFor();
    await link(page, 'The order’s story').click();
    await link(page, 'Process').first().waitFor();
    await page
      .getByRole('navigation', { name: 'Related pages' })
      .getByRole('link', { name: 'Process' })
      .click();
    await heading(page, /^Process/);
  });

  it('shows where a process is stuck, and retries it', async () => {
    const { page } = tab;
    await gateway.stop();
    const shop = new Fulfilment(client);
    const stuck = await shop.order({ items: [{ sku: 'tea', quantity: 1 }] });
    await shop.processReaches(stuck, 'stuck');
    await link(page, 'Processes').click();
    await link(page, stuck).first().click();
    await page.getByText('Why it makes no progress').waitFor();
    await gateway.restart();
    await confirm(page, 'Retry');
    await shop.reaches(stuck, 'confirmed');
    await page.getByText('completed').or(page.getByText('waiting')).first().waitFor();
  });

  it('rebuilds a projection, and shows how far it has come', async () => {
    const { page } = tab;
    await link(page, 'Projections').click();
    await link(page, 'order-statistics').click();
    await confirm(page, 'Rebuild');
    const bar = page.getByRole('progressbar', { name: 'Rebuilding from the log' });
    // A small log is rebuilt between two looks.
    await bar
      .or(page.getByText(/The last rebuild is live/))
      .first()
      .waitFor();
    await page.getByText(/The last rebuild is live/).waitFor();
  });

  it('opens the portal to somebody without a key, who sees their own webhook and nothing else', async () => {
    const { page } = tab;
    await page.goto(`${system.app.url}/console/webhooks/${subscriptionId}`);
    await button(page, 'Portal link').click();
    await button(page, 'Make the link').click();
    const url = await page.getByLabel('Link', { exact: true }).inputValue();
    await button(page, 'Done').click();
    const guest = await openTab(browser, url);
    try {
      await button(guest.page, 'Open').click();
      await guest.page.getByText(receiver.url).waitFor();
      expect(await guest.page.getByRole('link', { name: 'Orders' }).count()).toBe(0);
      const statuses = await guest.page.evaluate(
        (paths) => Promise.all(paths.map((path) => fetch(path).then(({ status }) => status))),
        [
          `/v1/webhook-subscriptions/${subscriptionId}`,
          `/v1/webhook-subscriptions/${failingId}`,
          '/v1/orders',
          '/v1/operations/overview',
        ],
      );
      expect(statuses).toEqual([200, 404, 403, 403]);
      expect(await guest.accessibilityFaults()).toEqual([]);
      const late = await openTab(browser, url);
      await button(late.page, 'Open').click();
      await late.page.getByRole('alert').waitFor();
      await late.close();
      expect([...guest.faults, ...late.faults]).toEqual([]);
    } finally {
      await guest.close();
    }
  });

  it('is legible in the colours of the page that embeds it', async () => {
    for (const colorScheme of ['light', 'dark'] as const) {
      const link = await client.post('/v1/portal-links', {});
      const themed = (link.body.url as string).replace('#', '?color=7a1fa2&radius=lg#');
      const guest = await openTab(browser, themed, { colorScheme });
      await button(guest.page, 'Open').click();
      await guest.page.getByRole('link', { name: 'Webhooks', exact: true }).first().waitFor();
      await guest.page.getByRole('region', { name: 'Webhooks' }).getByRole('link').first().waitFor();
      expect(await guest.accessibilityFaults()).toEqual([]);
      await guest.close();
    }
  });

  it('shows what customers typed as text, and hides who they are until somebody asks', async () => {
    const { page } = tab;
    await page.goto(`${system.app.url}/console/orders/${orderId}?view=causes`);
    await page.getByText(SCRIPT.slice(0, 18)).first().waitFor();
    expect(await page.getByText('ada@example.com').count()).toBe(0);
    await button(page, tenant).click();
    await page.getByRole('menuitem', { name: 'Show personal data (recorded)' }).click();
    await page.getByText('ada@example.com').first().waitFor();
    await page.goto(`${system.app.url}/console/webhooks/${failingId}?orderId=${orderId}`);
    await page.getByRole('region', { name: 'Deliveries' }).getByRole('link').first().click();
    await page.getByText(SCRIPT.slice(0, 18)).first().waitFor();
  });

  it('is usable by everybody on every page, in light and dark, and on a narrow screen', async () => {
    const { page } = tab;
    const faults: string[] = [];
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize(
        colorScheme === 'light' ? { width: 1280, height: 900 } : { width: 360, height: 740 },
      );
      for (const path of pagesOf(orderId, subscriptionId)) {
        await page.goto(`${system.app.url}/console${path}`);
        await page.locator('h1').waitFor();
        await page.locator('[aria-busy="true"]').first().waitFor({ state: 'detached' });
        const found = await tab.accessibilityFaults();
        faults.push(...found.map((fault) => `${path} ${colorScheme}: ${fault}`));
        const width = await page.evaluate('document.documentElement.scrollWidth - innerWidth');
        if (Number(width) > 0) faults.push(`${path} ${colorScheme} is ${String(width)} px too wide`);
      }
    }
    expect(faults).toEqual([]);
  });

  it('says that its numbers are old, and connects again after whatever a proxy answers', async () => {
    const { page, close } = await enter();
    await page.getByText('Live', { exact: true }).waitFor();
    const stream = '**/v1/operations/overview/stream';
    const overview = await (await page.request.get(`${system.app.url}/v1/operations/overview`)).json();
    overview.readiness.parts[0].status = 'down';
    const broken = [
      { contentType: 'text/event-stream', body: `retry: 20\ndata: ${JSON.stringify(overview)}\n\n` },
      { status: 502 },
    ];
    await page.route(stream, (route) => route.fulfill(broken.shift() ?? { status: 502 }));
    await page.reload();
    await page.getByText('This is not how it is now').waitFor();
    await page.getByText(/^1 of \d+ dependencies down$/).waitFor();
    await eventually(() => expect(broken).toEqual([]));
    await page.unroute(stream);
    await page.getByText('Live', { exact: true }).waitFor();
    await close();
  });

  it('leads to the log-in when the session ends elsewhere, also from a page that only listens', async () => {
    const { page, close } = await enter();
    await page.getByText('Live', { exact: true }).waitFor();
    await page.evaluate(async () => {
      const { csrfToken } = (await (await fetch('/v1/session')).json()) as { csrfToken: string };
      await fetch('/v1/session', { method: 'DELETE', headers: { 'x-csrf-token': csrfToken } });
    });
    await page.getByText('Your session has ended').waitFor();
    await button(page, 'Use the development key').click();
    await heading(page, 'Overview');
    await close();
  });

  it('survives a server that is away, and goes on by itself', async () => {
    const { page, close } = await enter({ without: ['**/assets/stock-page*', '**/v1/payments*'] });
    await link(page, 'Payments').click();
    await page.getByText('The server cannot be reached').first().waitFor();
    await page.unroute('**/v1/payments*');
    await link(page, orderId).first().waitFor();
    await link(page, 'Stock').click();
    await page.getByText('This page could not be loaded').waitFor();
    await page.unroute('**/assets/stock-page*');
    await heading(page, 'Stock');
    await close();
  });

  it("never shows one tenant's answers under another's name", async () => {
    const { page, close } = await enter();
    await page.goto(`${system.app.url}/console/webhooks/${subscriptionId}`);
    const deliveries = page.getByRole('region', { name: 'Deliveries' });
    await deliveries.getByRole('link').first().waitFor();
    await page.getByLabel('Act for another tenant').first().fill('nobody');
    await page.keyboard.press('Enter');
    await page.getByRole('alert').first().waitFor();
    expect(await deliveries.count()).toBe(0);
    await close();
  });

  it('shows deliveries before their filters on a narrow screen, and filters that are set', async () => {
    const { page, close } = await enter();
    await page.setViewportSize({ width: 360, height: 740 });
    const path = `${system.app.url}/console/webhooks/${subscriptionId}`;
    await page.goto(path);
    const region = page.getByRole('region', { name: 'Deliveries' });
    await region.getByRole('link').first().waitFor();
    expect((await region.boundingBox())?.y).toBeLessThan(740);
    await page.goto(`${path}?status=delivered`);
    await button(page, 'Clear filters').waitFor();
    await close();
  });

  it('copies also where the browser offers no clipboard', async () => {
    const { page, close } = await enter();
    await page.goto(`${system.app.url}/console/webhooks/${subscriptionId}`);
    await page.evaluate("Object.defineProperty(navigator, 'clipboard', { value: undefined })");
    await button(page, 'Copy webhook id').click();
    await button(page, 'Copied').waitFor();
    await close();
  });

  it('weighs less than 250 KB until its first page shows', async () => {
    const fresh = await openTab(browser, 'about:blank');
    let bytes = 0;
    const session = await fresh.page.context().newCDPSession(fresh.page);
    await session.send('Network.enable');
    session.on('Network.loadingFinished', ({ encodedDataLength }) => (bytes += encodedDataLength));
    await fresh.page.goto(`${system.app.url}/console`);
    await button(fresh.page, 'Use the development key').click();
    await heading(fresh.page, 'Overview');
    await fresh.page.waitForLoadState('load');
    await fresh.close();
    expect(bytes).toBeGreaterThan(50_000);
    expect(bytes).toBeLessThan(250_000);
  });
});
