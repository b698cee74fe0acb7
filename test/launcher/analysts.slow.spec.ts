/** @own-servers */
import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Client } from 'pg';
import { Agent, fetch } from 'undici';
import { makeKafka, withAdmin } from '#libs/kafka';
import { loadSettings } from '#libs/platform';
import { makeTestDirectory } from '#libs/testing';
import { EVENT_TOPICS, type Principal } from '../../tools/launcher/secure/rights.mjs';
import { loadSecurely } from '../integrity/secure/secure-load.js';
import { someOrder } from '../systems/client.js';
import { SecureSystem } from '../systems/secure-system.js';
import { type Attempt, KafkaAttempts } from './kafka-attempts.fixture.js';
import { prepareReaders, type ReadEvent, type ReaderRun } from './readers.fixture.js';

const PATIENCE_MS = 400_000;
const CERTIFICATE_DAYS = 30;
const NO_COORDINATOR = 'Failed to find group coordinator';
/** At reading while nothing comes. */
const ATTEMPTS = 10;
const OWN_GROUP = 'analyst-ada.any';

const on = (kind: Attempt['kind'], operation: string, ...names: string[]): Attempt[] =>
  names.map((name) => ({ kind, operation, name }));

const ALLOWED = [...on('topics', 'READ', ...EVENT_TOPICS), ...on('groups', 'READ', OWN_GROUP)];
const REFUSED = [
  ...on('topics', 'WRITE', ...EVENT_TOPICS),
  ...['DELETE', 'DELETE_RECORDS', 'ALTER_CONFIGS'].flatMap((operation) => on('topics', operation, 'orders')),
  ...on('topics', 'CREATE', 'another-topic'),
  ...on('topics', 'READ', 'orderstream-manifest', 'kafkasql-journal', '__consumer_offsets'),
  ...on('groups', 'READ', 'orderstream-projector', 'analyst-adam.any', 'analyst-bob.any'),
  ...on('transactionalIds', 'WRITE', 'orderstream-orders-0', 'analyst-ada.any'),
  ...['DESCRIBE_CONFIGS', 'ALTER_CONFIGS', 'ALTER'].flatMap((each) => on('cluster', each, 'kafka-cluster')),
];

interface CountedTopic {
  readonly topic: string;
  readonly events: number;
}

const readers = await prepareReaders();
type ReaderName = keyof typeof readers;
/** Told of when they were prepared. */
const READERS = (Object.keys(readers) as ReaderName[]).map(
  (name) => [name, 'start' in readers[name] ? readers[name].start : undefined] as const,
);

describe('an analyst of npm start -- --secure', () => {
  let system: SecureSystem;
  let folder: string;

  beforeAll(async () => {
    system = await SecureSystem.start(CERTIFICATE_DAYS);
    folder = await makeTestDirectory('analyst');
    const load = await loadSecurely(system, { seconds: 5, clients: 2 });
    expect(load.undelivered).toEqual([]);
  }, PATIENCE_MS);
  afterAll(() => system?.stop(), PATIENCE_MS);

  async function cli(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<string> {
    const program = join(system.root, 'apps/cli/bin/orderstream.js');
    const options = { cwd: system.root, env: { PATH: process.env.PATH, ...env } };
    const { stdout } = await promisify(execFile)(process.execPath, [program, ...args], options);
    return stdout;
  }
  const as = (principal: Principal, ...args: string[]) => cli(args, system.settingsOf(principal));

  /** How many events each topic has, by a read model of all of them. */
  async function indexed(): Promise<Record<string, number>> {
    const text = 'select topic, count(*)::int as events from event_index group by topic';
    const rows = (await query(text, system.running.databaseUrl)) as unknown as CountedTopic[];
    return countBy(rows, ({ events }) => events);
  }

  /** Compares what a reader finds with the log, at a time when nothing comes in between. */
  async function readCompletely(read: () => Promise<ReadEvent[]>): Promise<ReadEvent[]> {
    for (let attempt = 1; ; attempt++) {
      const before = await indexed();
      const events = await read();
      const isQuiet = JSON.stringify(before) === JSON.stringify(await indexed());
      if (!isQuiet && attempt < ATTEMPTS) continue;
      expect(countBy(events, () => 1)).toEqual(before);
      expect(events.length).toBeGreaterThan(50);
      return events;
    }
  }

  async function order(): Promise<string> {
    const { url, apiKey } = system.running;
    const dispatcher = new Agent({ connect: { ca: system.ca } });
    const answer = await fetch(`${url}/v1/orders`, {
      method: 'POST',
      dispatcher,
      headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
      body: JSON.stringify(someOrder()),
    });
    const { orderId } = (await answer.json()) as { orderId: string };
    await dispatcher.close();
    return orderId;
  }

  const settingsOfAda = (): Record<string, string> => {
    const text = readFileSync(join(folder, 'kcat.conf'), 'utf8');
    const value = (name: string) => new RegExp(`^${name}=(.+)$`, 'm').exec(text)?.[1] ?? '';
    return {
      KAFKA_BROKERS: value('bootstrap.servers'),
      KAFKA_TLS_ENABLED: 'true',
      KAFKA_TLS_CA_FILE: value('ssl.ca.location'),
      KAFKA_SASL_MECHANISM: 'scram-sha-512',
      KAFKA_SASL_USERNAME: value('sasl.username'),
      KAFKA_SASL_PASSWORD: value('sasl.password'),
    };
  };
  const query = async (text: string, url = readFileSync(join(folder, 'database.url'), 'utf8').trim()) => {
    const client = new Client({ connectionString: url });
    await client.connect();
    try {
      return (await client.query<Record<string, unknown>>(text)).rows;
    } finally {
      await client.end();
    }
  };

  it(
    'is made by one command, whose printed configuration for Python reads all events',
    async () => {
      const printed = await cli(['analysts', 'create', 'printed']);
      const [, python = ''] = /--- Python: orderstream_client\.py\n([^]+?)\n---/.exec(printed) ?? [];
      expect(python).toContain('analyst-printed');
      const own = await makeTestDirectory('printed');
      writeFileSync(join(own, 'orderstream_client.py'), python);
      if ('start' in readers.Python) {
        const { start } = readers.Python;
        await readCompletely(() => start(own).all());
      }
      await cli(['analysts', 'create', 'ada', '--write', folder]);
      const listed = await cli(['analysts', 'list']);
      expect(listed).toContain('ada  topics: analyst-ada, 9 rights  database: orderstream_analyst_ada');
    },
    PATIENCE_MS,
  );

  it(
    'is compared by a read model that has every event, as `verify` finds',
    async () => {
      const report = await as('projections', 'verify', 'event-index', '--json');
      const [found] = JSON.parse(report) as { equalsLog: boolean; partitions: CountedTopic[] }[];
      expect(found?.equalsLog).toBe(true);
      expect(countBy(found?.partitions ?? [], ({ events }) => events)).toEqual(await indexed());
    },
    PATIENCE_MS,
  );

  describe.each(READERS)('by the reader for %s', (name, start) => {
    const runs: ReaderRun[] = [];
    afterEach(() => runs.splice(0).forEach((run) => run.stop()));
    const started = (...more: string[]): ReaderRun => {
      const run = start?.(folder, ...more);
      if (!run) throw new Error(`the reader for ${name} cannot run here`);
      runs.push(run);
      return run;
    };
    const itReads = start ? it : it.skip;

    itReads('reads all events of all topics', () => readCompletely(() => started().all()), PATIENCE_MS);

    itReads(
      'follows what comes',
      async () => {
        const events = started('--follow').events();
        // History comes first.
        await events.next();
        const orderId = await order();
        for await (const { topic, line } of events) if (topic === 'orders' && line.includes(orderId)) return;
        throw new Error('the reader has ended');
      },
      PATIENCE_MS,
    );
  });

  it(
    'reads fewer events than there are offsets, at any level of isolation',
    async () => {
      const kafka = makeKafka(loadSettings(settingsOfAda()));
      const ends = await withAdmin(kafka.admin(), (admin) =>
        Promise.all(EVENT_TOPICS.map((topic) => admin.fetchTopicOffsets(topic))),
      );
      const offsets = ends.flat().reduce((sum, { high }) => sum + Number(high), 0);
      const events = Object.values(await indexed()).reduce((sum, count) => sum + count, 0);
      expect(offsets).toBeGreaterThan(events);
      if (!('start' in readers.Python)) return;
      const file = join(await makeTestDirectory('uncommitted'), 'orderstream_client.py');
      const text = readFileSync(join(folder, 'orderstream_client.py'), 'utf8');
      expect(text).toContain('read_committed');
      writeFileSync(file, text.replace('read_committed', 'read_uncommitted'));
      const { start } = readers.Python;
      await readCompletely(() => start(join(file, '..')).all());
    },
    PATIENCE_MS,
  );

  it(
    'finds the same money in the events as in the views',
    async () => {
      if (!('start' in readers.Python)) return;
      const { start } = readers.Python;
      const events = await readCompletely(() => start(folder).all());
      let total = 0;
      for (const { line } of events) {
        const { type, event } = JSON.parse(line) as { type: string; event: { total: number } };
        if (type === 'order.created') total += event.total;
      }
      expect(total).toBeGreaterThan(0);
      expect(await query('select sum(total_minor)::bigint as total from analytics.orders')).toEqual([
        { total: String(total) },
      ]);
    },
    PATIENCE_MS,
  );

  it(
    'may read the topics and groups of its own, and nothing else',
    async () => {
      const attempts = await KafkaAttempts.as(settingsOfAda());
      try {
        for (const attempt of ALLOWED)
          expect([attempt, await attempts.error(attempt)]).toEqual([attempt, undefined]);
        const done: Attempt[] = [];
        for (const attempt of REFUSED) {
          const error = (await attempts.error(attempt)) ?? 'none';
          const isRefused =
            error.endsWith('_AUTHORIZATION_FAILED') || (error === NO_COORDINATOR && isDenied(attempt));
          if (!isRefused) done.push(attempt);
        }
        expect(done).toEqual([]);
      } finally {
        await attempts.close();
      }
    },
    PATIENCE_MS,
  );

  const isDenied = ({ name }: Attempt): boolean =>
    system
      .decisions()
      .some((each) => each.answer === 'Denied' && each.principal === 'analyst-ada' && each.name === name);

  it.each([
    ['a plain connection', { KAFKA_TLS_ENABLED: 'false', KAFKA_TLS_CA_FILE: '' }],
    ['an authority that it does not trust', { KAFKA_TLS_CA_FILE: '' }],
    ['a wrong password', { KAFKA_SASL_PASSWORD: 'wrong' }],
    ["another analyst's name", { KAFKA_SASL_USERNAME: 'analyst-printed' }],
  ])('is refused by Kafka with %s', async (_, changed) => {
    const settings = loadSettings({ ...settingsOfAda(), ...changed });
    const admin = makeKafka(settings).admin({ retry: { retries: 0 } });
    await expect(admin.connect().then(() => admin.listTopics())).rejects.toThrow();
    await admin.disconnect();
  });

  it('is refused by Postgres with a plain connection or a wrong password', async () => {
    const url = new URL(readFileSync(join(folder, 'database.url'), 'utf8').trim());
    const [address = ''] = url.href.split('?');
    await expect(query('select 1', `${address}?sslmode=disable`)).rejects.toThrow(/no encryption/);
    url.password = 'wrong';
    await expect(query('select 1', url.href)).rejects.toThrow(/password authentication failed/);
  });

  it(
    'reads the views after a rebuild of their tables, and no table',
    async () => {
      const count = 'select count(*)::int as count from orders';
      const before = await query(count);
      expect(before).not.toEqual([{ count: 0 }]);
      await as('projections', 'rebuild', 'orders');
      expect(await query(count)).toEqual(before);
      await expect(query('select from public."order"')).rejects.toThrow(/permission denied/);
      await expect(query('select from analytics.orders for update')).rejects.toThrow(
        /permission denied|read-only/,
      );
    },
    PATIENCE_MS,
  );

  it(
    'is out at once when it is removed, in both places',
    async () => {
      const attempts = await KafkaAttempts.as(settingsOfAda());
      const [read] = ALLOWED as [Attempt];
      try {
        expect(await attempts.error(read)).toBeUndefined();
        expect(await cli(['analysts', 'remove', 'ada'])).toBe('analyst ada is removed\n');
        expect(await attempts.error(read)).toMatch(/AUTHORIZATION_FAILED|invalid credentials/);
      } finally {
        await attempts.close();
      }
      await expect(KafkaAttempts.as(settingsOfAda())).rejects.toThrow(/invalid credentials/);
      await expect(query('select 1')).rejects.toThrow(/authentication failed/);
    },
    PATIENCE_MS,
  );
});

function countBy<Item extends { readonly topic: string }>(
  items: readonly Item[],
  countOf: (item: Item) => number,
): Record<string, number> {
  const counts = Object.fromEntries(EVENT_TOPICS.map((topic) => [topic, 0]));
  for (const item of items) counts[item.topic] = (counts[item.topic] ?? 0) + countOf(item);
  return present(counts);
}

/** Topics with events, in one order. */
const present = (counts: Readonly<Record<string, number>>): Record<string, number> =>
  Object.fromEntries(EVENT_TOPICS.flatMap((topic) => (counts[topic] ? [[topic, counts[topic]]] : [])));
