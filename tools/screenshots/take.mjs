/**
 * `npm run screenshots`: pictures of each page of the console of the system that `npm start` runs here, into docs/console.
 * Run `npx --no-install orderstream simulate` before, so that there is something to see.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import bundledChromium from '@sparticuz/chromium';
import { chromium } from 'playwright-core';
import { ROOT } from '../launcher/places.mjs';
import { readRunningFile } from '../launcher/running-file.mjs';

const FOLDER = join(ROOT, 'docs', 'console');
const SCHEMES = /** @type {const} */ (['light', 'dark']);
const WIDTHS = { wide: { width: 1280, height: 860 }, narrow: { width: 390, height: 844 } };
/** Enough to read the text, and small enough for a repository. */
const QUALITY = 62;
/** Lists and charts have filled by then. */
const SETTLED_MS = 1_200;

const running = readRunningFile();
if (!running) throw new Error('Start the system first: npm start');
const { url, apiKey } = running;
mkdirSync(FOLDER, { recursive: true });
const places = await findPlaces();
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM_PATH ?? (await bundledChromium.executablePath()),
  args: ['--no-sandbox', '--headless', '--disable-gpu'],
});
try {
  for (const scheme of SCHEMES)
    for (const [width, viewport] of Object.entries(WIDTHS)) await takeAll(scheme, width, viewport);
} finally {
  await browser.close();
}

/**
 * @param {(typeof SCHEMES)[number]} colorScheme
 * @param {string} width
 * @param {{ width: number, height: number }} viewport
 */
async function takeAll(colorScheme, width, viewport) {
  const context = await browser.newContext({ colorScheme, viewport, locale: 'en-GB' });
  const page = await context.newPage();
  await page.goto(`${url}/console`);
  await page.getByRole('button', { name: 'Use the development key' }).waitFor();
  const take = (/** @type {string} */ name) =>
    page.screenshot({
      path: join(FOLDER, `${name}-${colorScheme}-${width}.jpg`),
      type: 'jpeg',
      quality: QUALITY,
    });
  await take('log-in');
  await page.getByRole('button', { name: 'Use the development key' }).click();
  await page.locator('h1').waitFor();
  for (const [name, path] of Object.entries(places)) {
    await page.goto(`${url}/console${path}`);
    await page.locator('h1').waitFor();
    await page.waitForTimeout(SETTLED_MS);
    await take(name);
  }
  await context.close();
}

/** @returns {Promise<Record<string, string>>} paths by the names of pictures */
async function findPlaces() {
  const orders = await read('/v1/orders?status=cancelled&limit=1');
  const orderId = orders.items[0]?.orderId ?? (await read('/v1/orders?limit=1')).items[0]?.orderId;
  const { nodes } = await read(`/v1/orders/${orderId}/story`);
  const [{ subscriptionId }] = (await read('/v1/webhook-subscriptions?limit=1')).items;
  const { items } = await read(`/v1/webhook-subscriptions/${subscriptionId}/deliveries?limit=1`);
  const event = nodes.find((/** @type {any} */ { change }) => change?.length > 1) ?? nodes[0];
  const sku = (await read('/v1/stock?limit=1')).items[0]?.sku;
  const webhook = `/webhooks/${subscriptionId}`;
  return {
    overview: '/overview',
    orders: '/orders',
    order: `/orders/${orderId}?event=${event.eventId}`,
    'order-causes': `/orders/${orderId}?event=${event.eventId}&view=causes`,
    payments: '/payments',
    payment: `/payments/${orderId}`,
    stock: '/stock',
    'stock-item': `/stock/${sku}`,
    carts: '/carts',
    mails: '/mails',
    webhooks: '/webhooks',
    'new-webhook': '/webhooks/new',
    webhook,
    ...Object.fromEntries(
      ['dead-letters', 'lanes', 'explain', 'replays', 'metrics', 'settings'].map((tab) => [
        `webhook-${tab}`,
        `${webhook}?tab=${tab}${tab === 'explain' ? `&eventId=${items[0].eventId}` : ''}`,
      ]),
    ),
    delivery: `${webhook}/deliveries/${items[0].eventId}`,
    'event-types': '/event-types',
    'dead-letters': '/dead-letters',
    processes: '/processes',
    process: `/processes/${orderId}`,
    projections: '/projections',
    projection: '/projections/orders',
    log: '/log?topic=orders&partition=0',
    schemas: '/schemas',
    access: '/access',
    audit: '/audit',
    search: `/search?q=${orderId}`,
  };
}

/** @param {string} path */
async function read(path) {
  const answer = await fetch(`${url}${path}`, { headers: { authorization: `Bearer ${apiKey}` } });
  if (!answer.ok) throw new Error(`${path} answers ${answer.status}`);
  return /** @type {Promise<any>} */ (answer.json());
}
