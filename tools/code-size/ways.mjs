import { randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { basename, join, relative } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { filesAtWork } from './counting.mjs';

export const PIECES = 20;

const IDLE_WINDOWS = 3;
const WARM_UP_ROUNDS = 2;
/** For what is done later, such as to save states and cursors: that is not on the way. */
const SETTLE_MS = 1_500;
const DEADLINE_MS = 30_000;
const ENCRYPTION_KEY_BYTES = 32;
const ORDER = {
  customer: { id: 'c-1' },
  currency: 'EUR',
  items: [{ sku: 'tea-earl-grey', quantity: 2, unitPrice: 950 }],
};

/**
 * Runs the built product on real servers, and finds the files at work in the process that takes orders and in the one
 * that delivers webhooks.
 * @param {string} checkout with a build
 */
export async function measureWays(checkout) {
  const folder = realpathSync(checkout);
  const directory = mkdtempSync(join(tmpdir(), 'orderstream-'));
  const receiver = await startReceiver();
  try {
    const system = await startSystem(folder, directory);
    const ways = await measureOn(system, receiver);
    await system.stop();
    return ways;
  } finally {
    // Last: its server keeps this process alive, which the launcher's servers do not.
    receiver.close();
    rmSync(directory, { recursive: true, force: true });
  }
}

/**
 * @param {Awaited<ReturnType<typeof startSystem>>} system
 * @param {Awaited<ReturnType<typeof startReceiver>>} receiver
 */
async function measureOn(system, receiver) {
  const commands = await system.startApp('command-api');
  const order = () => post(`${commands.url}/v1/orders`, ORDER, system.apiKey);
  const orderFiles = await commands.filesAtWork(order);

  const dispatcher = await system.startApp('webhook-dispatcher');
  const [projector, webhooks] = [await system.startApp('projector'), await system.startApp('webhook-api')];
  const subscription = { callbackUrl: receiver.url, eventTypes: ['*'] };
  await post(`${webhooks.url}/v1/webhook-subscriptions`, subscription, system.apiKey);
  const deliver = async () => {
    const before = receiver.received();
    await order();
    await until(() => receiver.received() > before, 'an order was not delivered');
  };
  const deliveryFiles = await dispatcher.filesAtWork(deliver, () => receiver.answer());
  await Promise.all([projector.stop(), webhooks.stop()]);
  return { order: orderFiles, delivery: deliveryFiles };
}

/**
 * @param {string} folder
 * @param {string} directory for data and logs
 */
async function startSystem(folder, directory) {
  /** @type {typeof import('../launcher/embedded.mjs')} */
  const launcher = await import(pathToFileURL(join(folder, 'tools/launcher/embedded.mjs')).href);
  const place = (/** @type {string} */ name) => join(directory, name);
  const kafka = await launcher.startKafka({ directory: place('kafka') });
  const postgres = await launcher.startPostgres({ directory: place('postgres') });
  const registry = await launcher.startRegistry({ directory: place('registry'), brokers: kafka.brokers });
  const running = [kafka, postgres, registry];
  const env = {
    KAFKA_BROKERS: kafka.brokers,
    DATABASE_URL: postgres.url,
    SCHEMA_REGISTRY_URL: registry.url,
    // One partition: an event never activates a feed that the warm-up did not.
    TOPIC_PARTITIONS: '1',
    WEBHOOK_ALLOW_PRIVATE_TARGETS: 'true',
    WEBHOOK_CONCURRENCY: String(2 * PIECES),
    WEBHOOK_ENCRYPTION_KEY: randomBytes(ENCRYPTION_KEY_BYTES).toString('base64'),
  };
  const cli = (/** @type {string[]} */ ...args) =>
    launcher.runCli({ args, env, logFile: place('cli.log') }).then((output) => output.trim());
  await cli('deploy');
  return {
    apiKey: await cli('keys', 'create', '--tenant', 'code-size', '--name', 'code-size', '--quiet'),
    startApp: async (/** @type {string} */ name) => {
      const file = place(`${name}.json`);
      const hook = new URL('call-counter.mjs', import.meta.url).href;
      const app = await launcher.startApp({
        program: programOf(folder, name),
        env: { ...env, NODE_OPTIONS: `--import=${hook}`, CALL_COUNTS_FILE: file },
        logFile: place(`${name}.log`),
      });
      running.unshift(app);
      return {
        url: app.url,
        stop: () => app.stop(),
        /** @type {(work: () => Promise<unknown>, finish?: () => void) => Promise<string[]>} */
        filesAtWork: (work, finish) => countWindows(() => takeCounts(app.pid, file, folder), work, finish),
      };
    },
    stop: async () => {
      for (const each of running) await each.stop();
    },
  };
}

/**
 * The build may hold programs of older code, but the sources have one.
 * @param {string} folder
 * @param {string} app
 */
function programOf(folder, app) {
  const sources = readdirSync(join(folder, 'apps', app), { recursive: true, encoding: 'utf8' });
  const main = sources.find((path) => basename(path) === 'main.ts');
  if (!main) throw new Error(`${app} has no main.ts`);
  return join(folder, 'dist/apps', app, main.replace(/ts$/, 'js'));
}

/**
 * @param {() => Promise<import('./counting.mjs').CallCounts>} take
 * @param {() => Promise<unknown>} work
 * @param {() => void} [finish] lets the pieces of work end, which then do not count
 */
async function countWindows(take, work, finish = () => {}) {
  for (let round = 0; round < WARM_UP_ROUNDS; round++) {
    await repeat(PIECES, work);
    finish();
    await sleep(SETTLE_MS);
  }
  await take();
  const began = performance.now();
  await repeat(PIECES, work);
  const length = performance.now() - began;
  const working = await take();
  finish();
  await sleep(SETTLE_MS);
  await take();
  const idle = [];
  for (let window = 0; window < IDLE_WINDOWS; window++) {
    await sleep(length);
    idle.push(await take());
  }
  return filesAtWork(working, idle, PIECES);
}

/**
 * @param {number} pid
 * @param {string} file
 * @param {string} folder
 */
async function takeCounts(pid, file, folder) {
  rmSync(file, { force: true });
  process.kill(pid, 'SIGWINCH');
  await until(() => existsSync(file), 'the calls were not written');
  /** @type {import('node:inspector').Profiler.ScriptCoverage[]} */
  const scripts = JSON.parse(readFileSync(file, 'utf8'));
  return Object.fromEntries(scripts.map((script) => [sourceOf(script.url, folder), callsIn(script)]));
}

/** @param {import('node:inspector').Profiler.ScriptCoverage} script */
const callsIn = ({ functions }) =>
  Object.fromEntries(
    functions.map(({ functionName, ranges: [{ startOffset, count }] }) => [
      `${functionName} at ${startOffset}`,
      count,
    ]),
  );

/**
 * @param {string} url
 * @param {string} folder
 */
const sourceOf = (url, folder) =>
  relative(join(folder, 'dist'), fileURLToPath(url)).replaceAll('\\', '/').replace(/\.js$/, '.ts');

/** A webhook receiver that answers when told. */
async function startReceiver() {
  let count = 0;
  /** @type {import('node:http').ServerResponse[]} */
  let waiting = [];
  const server = createServer((request, response) => {
    request.resume().on('end', () => {
      count++;
      waiting.push(response);
    });
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  return {
    url: `http://127.0.0.1:${port}/`,
    received: () => count,
    answer: () => {
      for (const response of waiting) response.writeHead(204).end();
      waiting = [];
    },
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

/**
 * @param {string} url
 * @param {unknown} body
 * @param {string} apiKey
 */
async function post(url, body, apiKey) {
  const headers = { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' };
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
  if (response.status !== 201)
    throw new Error(`${url} answered ${response.status}: ${await response.text()}`);
  await response.arrayBuffer();
}

/**
 * @param {number} times
 * @param {() => Promise<unknown>} work
 */
async function repeat(times, work) {
  for (let time = 0; time < times; time++) await work();
}

/**
 * @param {() => boolean} condition
 * @param {string} failure
 */
async function until(condition, failure) {
  const deadline = Date.now() + DEADLINE_MS;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(failure);
    await sleep(2);
  }
}
