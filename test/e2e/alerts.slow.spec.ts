/**
 * Each alert that an operator is woken for, made to fire by a real fault, and to clear by its runbook word for word.
 * @own-servers
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { makeTestDirectory } from '#libs/testing';
import { answerWith, WebhookReceiver } from '#libs/webhook-delivery/testing';
import {
  type EmbeddedServer,
  nodeExporter,
  prometheus,
  startNodeExporter,
  startPaymentGateway,
  startPrometheus,
} from '../../tools/launcher/embedded.mjs';
import { ruleFiles } from '../../tools/monitoring/source/rule-files.js';
import { shortened } from '../../tools/monitoring/source/time-scale.js';
import { brokenRules, firing, metricNames } from '../monitoring/firing-alerts.js';
import { EXPRESSIONS, selectedBy } from '../monitoring/promql.js';
import { ComposeStandIn, followRunbook, type Service } from '../monitoring/runbook.js';
import { deployProduct, type Instance, type Product } from '../systems/product.js';
import { type Servers, startServers } from '../systems/servers.js';
import { inDatabase } from './commands.fixture.js';
import { Client, eventually, someOrder } from './system.fixture.js';

const isInstalled = prometheus() !== undefined && nodeExporter() !== undefined;
if (!isInstalled)
  process.stderr.write(
    'SKIPPED: Prometheus is not installed (apt-get install prometheus prometheus-node-exporter jq)\n',
  );

/** Only root can make a volume that is small enough to be filled. */
const hasVolumes = process.getuid?.() === 0;
if (!hasVolumes) process.stderr.write('SKIPPED: a full volume, which root alone can make\n');

const APPS = [
  'command-api',
  'operations-api',
  'projector',
  'process-manager',
  'webhook-api',
  'webhook-dispatcher',
] as const;
type App = (typeof APPS)[number];

/** Half a minute of the rules is a second here, and no time is shorter than four scrapes. */
const TIME = shortened(30, 16);
/** A rule that says how old something may be means that also here. */
const FIRES_WITHIN_MS = 240_000;
const POISON = 'poison';

(isInstalled ? describe : describe.skip)('the alerts', () => {
  let servers: Servers;
  let product: Product;
  let gateway: EmbeddedServer;
  let monitor: EmbeddedServer;
  let exporter: EmbeddedServer;
  let compose: ComposeStandIn;
  let receiver: WebhookReceiver;
  let volume: string;
  let client: Client;
  let runbookEnv: NodeJS.ProcessEnv;
  const apps = {} as Record<App, Instance>;
  const results: string[] = [];
  const traffic = new AbortController();
  let sending: Promise<void>;

  beforeAll(async () => {
    const directory = await makeTestDirectory('alerts');
    servers = await startServers({ directory: join(directory, 'servers'), durable: false });
    gateway = await startPaymentGateway({ directory: join(directory, 'gateway') });
    const env = {
      ...servers.env,
      FULFILMENT_ENABLED: 'true',
      FULFILMENT_STUCK_AFTER_MS: '2000',
      PAYMENT_GATEWAY_URL: gateway.url,
      PAYMENT_TIMEOUT_MS: '3600000',
      WEBHOOK_ALLOW_PRIVATE_TARGETS: 'true',
    };
    product = await deployProduct(directory, env);
    for (const app of APPS) apps[app] = await product.start(app);
    volume = join(directory, 'volume');
    mkdirSync(volume);
    if (hasVolumes) execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64m', 'orderstream-test', volume]);
    exporter = await startNodeExporter({ logFile: join(directory, 'node-exporter.log') });
    monitor = await startPrometheus({
      directory: join(directory, 'prometheus'),
      rules: ruleFiles({ time: TIME }),
      targets: [
        ...APPS.map((app) => ({ job: 'orderstream', app, url: apps[app].app.url })),
        { job: 'node', app: 'node-exporter', url: exporter.url },
      ],
    });
    const serviceOf = (server: { restart(signal?: NodeJS.Signals): Promise<void> }): Service => ({
      // It has ended, or it hangs.
      start: () => server.restart('SIGKILL'),
      restart: () => server.restart('SIGKILL'),
    });
    compose = await ComposeStandIn.open(directory, {
      kafka: serviceOf(servers.kafka),
      postgres: serviceOf(servers.postgres),
      'payment-gateway': serviceOf(gateway),
      ...Object.fromEntries(APPS.map((app) => [app, serviceOf(apps[app].app)])),
    });
    runbookEnv = {
      ...env,
      ...compose.env,
      ORDERSTREAM_URL: apps['operations-api'].app.url,
      OPERATOR_KEY: await product.newKey('operators', ['operator']),
      PROJECTOR: 'projector',
      DISPATCHER: 'webhook-dispatcher',
      FULFILMENT: 'process-manager',
    };
    const key = await product.newKey('acme');
    client = new Client(() => apps['command-api'].app.url, key, 10_000);
    receiver = await WebhookReceiver.start();
    await new Client(() => apps['webhook-api'].app.url, key).subscribe({
      callbackUrl: receiver.url,
      eventTypes: ['order.*'],
      retry: { maxAttempts: 2, initialDelayMs: 1_000, maxDelayMs: 1_000 },
    });
    sending = sendOrders();
  });
  afterAll(async () => {
    process.stdout.write(
      `\nfault                                  alert                fires   clears\n${results.join('\n')}\n`,
    );
    traffic.abort();
    await sending;
    compose?.close();
    await monitor?.stop();
    await exporter?.stop();
    await product?.stop();
    await receiver?.close();
    await gateway?.stop();
    await servers?.stop();
    if (volume && hasVolumes) execFileSync('umount', [volume]);
  });

  async function sendOrders(): Promise<void> {
    while (!traffic.signal.aborted) {
      // During an outage it is refused.
      await client
        .post('/v1/orders', { ...someOrder(), payment: { token: 'tok_ok', country: 'AT' } })
        .catch(() => undefined);
      await sleep(500);
    }
  }

  const quiet = (alert: string) =>
    eventually(async () => expect(await firing(monitor.url, alert)).toEqual([]), FIRES_WITHIN_MS);

  interface Fault {
    readonly fault: string;
    readonly alert: string;
    readonly cause: () => Promise<unknown> | void;
    /** What somebody else does before the runbook can help. */
    readonly others?: () => void;
    /** Of several alerts of the name. */
    readonly labels?: Readonly<Record<string, string>>;
  }

  const FAULTS: readonly Fault[] = [
    { fault: 'the broker is killed', alert: 'KafkaAway', cause: () => servers.kafka.kill9() },
    {
      fault: 'a read model cannot take an event',
      alert: 'ProjectionStopped',
      cause: async () => {
        await inDatabase(
          servers.env.DATABASE_URL,
          `alter table "order" add constraint no_poison check (customer_id <> '${POISON}') not valid`,
        );
        expect((await client.post('/v1/orders', someOrder(POISON))).status).toBe(201);
      },
    },
    { fault: 'the projector hangs', alert: 'ProjectionStale', cause: () => apps.projector.app.pause() },
    { fault: 'the projector is killed', alert: 'TargetDown', cause: () => apps.projector.app.kill9() },
    {
      fault: 'a subscriber answers 500',
      alert: 'SubscriptionFailing',
      cause: async () => {
        receiver.script = () => answerWith(500);
        // What succeeded before counts for an hour, which no test waits for. It is written every five seconds.
        await sleep(10_000);
        await inDatabase(servers.env.DATABASE_URL, 'delete from webhook_tally');
      },
      others: () => {
        receiver.script = () => answerWith(204);
      },
    },
    {
      fault: 'the dispatcher hangs',
      alert: 'DispatcherBehind',
      cause: () => apps['webhook-dispatcher'].app.pause(),
    },
    { fault: 'the payment gateway is killed', alert: 'ProcessStuck', cause: () => gateway.kill9() },
    {
      fault: 'a heap dump fills the volume',
      alert: 'DiskNearlyFull',
      cause: () => writeFileSync(join(volume, 'Heap.20261130.heapsnapshot'), Buffer.alloc(63 * 1_048_576)),
      labels: { severity: 'page' },
    },
  ];

  it.each(FAULTS.filter(({ alert }) => hasVolumes || alert !== 'DiskNearlyFull'))(
    '$fault: $alert fires, and its runbook mends it',
    async ({ fault, alert, cause, others, labels = {} }) => {
      const isMeant = (each: { labels: Readonly<Record<string, string>> }) =>
        Object.entries({ ...labels, ...(alert === 'DiskNearlyFull' && { mountpoint: volume }) }).every(
          ([name, value]) => each.labels[name] === value,
        );
      const now = async () => (await firing(monitor.url, alert)).filter(isMeant);
      await eventually(async () => expect(await now()).toEqual([]), FIRES_WITHIN_MS);
      const begin = performance.now();
      await cause();
      const [found] = await eventually(async () => {
        const alerts = await now();
        expect(alerts.length).toBeGreaterThan(0);
        return alerts;
      }, FIRES_WITHIN_MS);
      const fired = performance.now();
      others?.();
      await followRunbook(alert, found?.labels ?? {}, runbookEnv);
      await eventually(async () => expect(await now()).toEqual([]), FIRES_WITHIN_MS);
      const seconds = (from: number, to: number) => `${((to - from) / 1_000).toFixed(0)} s`.padStart(8);
      results.push(
        `${fault.padEnd(38)} ${alert.padEnd(18)}${seconds(begin, fired)} ${seconds(fired, performance.now())}`,
      );
    },
  );

  it('and dashboards read metrics of machines that there are', async () => {
    const names = await metricNames(monitor.url);
    const read = EXPRESSIONS.flatMap(({ expression }) => selectedBy(expression)).map(({ metric }) => metric);
    const ofMachines = [...new Set(read)].filter((name) => name.startsWith('node_'));
    expect(ofMachines.length).toBeGreaterThan(0);
    expect(ofMachines.filter((name) => !names.has(name))).toEqual([]);
  });

  it('were all judged without an error', async () => {
    expect(await brokenRules(monitor.url)).toEqual([]);
    for (const alert of ['PartNotReady', 'TargetDown']) await quiet(alert);
  });
});
