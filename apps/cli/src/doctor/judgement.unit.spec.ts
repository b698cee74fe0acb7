import { EVENT_LOG_CHECKS } from '#libs/event-store/conformance';
import { refusalOf } from './broker-kind.js';
import type {
  BrokerFacts,
  ClusterFacts,
  PartitionFacts,
  SettingValues,
  TopicFacts,
} from './cluster-facts.js';
import type { Finding } from '#libs/kafka';
import { judgeFacts, verdictsOf } from './judgement.js';
import type { CheckResult } from './probe.js';

const DAY = 86_400_000;

const broker = (id: number, given: SettingValues = {}): BrokerFacts => ({
  id,
  settings: {
    'producer.id.expiration.ms': String(DAY),
    'transactional.id.expiration.ms': String(7 * DAY),
    ...given,
  },
});

const partitions = (replicas: number, inSync = replicas): PartitionFacts[] => [
  { replicas, inSync },
  { replicas, inSync: replicas },
];

const eventTopic = (
  topic: string,
  given: SettingValues = {},
  replicas = 3,
  inSync = replicas,
): TopicFacts => ({
  topic,
  partitions: partitions(replicas, inSync),
  settings: {
    'cleanup.policy': 'delete',
    'retention.ms': '-1',
    'retention.bytes': '-1',
    'message.timestamp.type': 'LogAppendTime',
    'unclean.leader.election.enable': 'false',
    'compression.type': 'uncompressed',
    'max.message.bytes': '8388608',
    'min.insync.replicas': '2',
    ...given,
  },
});

const transactionLog = (given: SettingValues = {}, replicas = 3): TopicFacts => ({
  topic: '__transaction_state',
  partitions: partitions(replicas),
  settings: { 'unclean.leader.election.enable': 'false', 'min.insync.replicas': '2', ...given },
});

const facts = (given: Partial<ClusterFacts> = {}): ClusterFacts => ({
  clusterId: 'a-cluster',
  brokers: [broker(1), broker(2), broker(3)],
  eventTopics: [eventTopic('orders'), eventTopic('webhooks')],
  transactionLog: transactionLog(),
  plannedReplicas: 3,
  leftovers: [],
  ...given,
});

/** The findings that are not ok. */
const faults = (given: Partial<ClusterFacts>): Finding[] =>
  judgeFacts(facts(given)).filter(({ level }) => level !== 'ok');

const orders = (given: SettingValues, replicas?: number, inSync?: number): Finding[] =>
  faults({ eventTopics: [eventTopic('orders', given, replicas, inSync)] });

describe('the judgement of a cluster', () => {
  it('accepts three correctly configured brokers', () => {
    expect(judgeFacts(facts()).map(({ level, about, is }) => [level, about, is])).toEqual([
      ['ok', 'brokers', 'there are 3'],
      ['ok', 'producer.id.expiration.ms', '24 hours'],
      ['ok', 'transactional.id.expiration.ms', '7 days'],
      ['ok', 'topics orders, webhooks', 'set up as it should be'],
      ['ok', 'transaction log (__transaction_state)', 'set up as it should be'],
    ]);
  });

  it('says what a single broker puts at risk', () => {
    const found = faults({
      brokers: [broker(1)],
      eventTopics: [eventTopic('orders', { 'min.insync.replicas': '1' }, 1)],
      transactionLog: transactionLog({ 'min.insync.replicas': '1' }, 1),
    });
    expect(found).toMatchObject([
      { level: 'warn', about: 'brokers', is: 'there is 1' },
      { level: 'warn', promise: 1, is: 'replication is 1', follows: expect.stringContaining('is lost') },
      { level: 'warn', promise: 3, is: 'replication is 1', follows: expect.stringContaining('same epoch') },
    ]);
  });

  it('states the consequences of too few or too many in-sync replicas', () => {
    expect(orders({ 'min.insync.replicas': '1' })).toMatchObject([
      { level: 'warn', is: 'min.insync.replicas is 1' },
    ]);
    expect(orders({ 'min.insync.replicas': '3' })).toMatchObject([
      {
        is: 'min.insync.replicas is 3 of 3 replicas',
        follows: expect.stringContaining('nothing can be appended'),
      },
    ]);
    expect(orders({}, 2)).toMatchObject([{ is: 'min.insync.replicas is 2 of 2 replicas' }]);
    expect(orders({}, 3, 2)).toMatchObject([{ is: '1 of 2 partitions lack a replica now' }]);
  });

  it.each([
    ['cleanup.policy', 'compact', 'fail', 1],
    ['retention.ms', '604800000', 'fail', 1],
    ['retention.bytes', '1000000', 'fail', 1],
    ['message.timestamp.type', 'CreateTime', 'warn', 3],
    ['unclean.leader.election.enable', 'true', 'warn', 1],
    ['max.message.bytes', '1048588', 'warn', undefined],
    ['compression.type', 'producer', 'warn', undefined],
  ])('states the consequence of %s on an event topic', (name, value, level, promise) => {
    const [finding, ...others] = orders({ [name]: value });
    expect(finding).toMatchObject({ level, is: expect.stringContaining(`${name} is ${value}`) });
    expect(finding?.promise).toBe(promise);
    expect(finding?.follows).not.toBe('');
    expect(finding).toMatchObject({ remedy: expect.stringContaining(`set ${name} to `) });
    expect(others).toEqual([]);
  });

  it('warns of a transaction log that an old replica may lead', () => {
    const log = transactionLog({ 'unclean.leader.election.enable': 'true' });
    expect(faults({ transactionLog: log })).toMatchObject([{ level: 'warn', promise: 3 }]);
  });

  it('uses the shortest time that any broker remembers a producer', () => {
    const brokers = [broker(1), broker(2), broker(3, { 'producer.id.expiration.ms': '600000' })];
    expect(faults({ brokers })).toMatchObject([
      {
        level: 'warn',
        is: '10 minutes',
        follows: expect.stringContaining('renewed after 2.5 minutes'),
      },
    ]);
  });

  it('warns of transactional ids that are forgotten between two claims', () => {
    const brokers = [broker(1, { 'transactional.id.expiration.ms': '3600000' }), broker(2), broker(3)];
    expect(faults({ brokers })).toMatchObject([{ level: 'warn', about: 'transactional.id.expiration.ms' }]);
  });

  const missing: TopicFacts = { topic: 'orders', partitions: undefined, settings: {} };

  it('judges topics that do not exist yet', () => {
    const [finding] = faults({ eventTopics: [missing], plannedReplicas: 1 });
    expect(finding).toMatchObject({ promise: 1, follows: expect.stringContaining('TOPIC_REPLICATION=1') });
  });

  it('reports topics that are missing, left over or silent', () => {
    const silent: TopicFacts = { ...eventTopic('webhooks'), settings: { unknown: 'a right is missing: X' } };
    const found = faults({ eventTopics: [missing, silent], leftovers: ['orderstream-doctor-1'] });
    expect(found).toMatchObject([
      { about: 'topic orders', follows: expect.stringContaining('orderstream deploy') },
      { about: 'topic webhooks', promise: 1, is: expect.stringContaining('a right is missing: X') },
      { about: 'topic orderstream-doctor-1' },
    ]);
  });
});

describe('the kind of brokers', () => {
  it('accepts Apache Kafka', () => expect(refusalOf(facts())).toBeUndefined());

  it.each([
    ["by the cluster's id", facts({ clusterId: 'redpanda.b2f1d9d6-ebe9-4c06-8f3f-9ec39ad8d1c3' })],
    ['while it comes up', facts({ clusterId: 'redpanda.initializing' })],
    [
      'by the settings of a topic',
      facts({ eventTopics: [eventTopic('orders', { 'redpanda.remote.read': 'false' })] }),
    ],
  ])('recognises Redpanda %s', (_how, given) => {
    expect(refusalOf(given)).toMatchObject({
      level: 'fail',
      promise: 3,
      is: expect.stringContaining('Redpanda'),
    });
  });

  it('rejects brokers that do not report how long they remember a producer', () => {
    const silent: BrokerFacts = { id: 2, settings: { unknown: 'a right is missing: DESCRIBE_CONFIGS' } };
    expect(refusalOf(facts({ brokers: [broker(1), silent] }))?.is).toContain('DESCRIBE_CONFIGS');
    const other: BrokerFacts = { id: 1, settings: { 'log.retention.ms': '1' } };
    expect(refusalOf(facts({ brokers: [other] }))?.is).toContain('has no producer.id.expiration.ms');
  });
});

describe('the verdict on the promises', () => {
  const passed: CheckResult[] = EVENT_LOG_CHECKS.map(({ name, promise }) => ({
    name,
    promise,
    outcome: 'passed',
    ms: 1,
  }));
  const says = (findings: Finding[], checks: CheckResult[]) =>
    verdictsOf(findings, checks).map(({ level, says }) => [level, says]);
  const warning = { level: 'warn', promise: 1, about: 'a', is: 'b', follows: 'c', remedy: 'd' } as const;

  it('is that the promises hold if all checks passed without findings', () => {
    expect(says([], passed)).toEqual(Array.from({ length: 3 }, () => ['ok', 'holds']));
  });

  it('distinguishes broken, conditional and untested promises', () => {
    const failed = passed.map((check) =>
      check.promise === 3 ? { ...check, outcome: 'failed' as const } : check,
    );
    expect(says([warning], failed)).toEqual([
      ['warn', 'holds, until what the warnings name happens'],
      ['ok', 'holds'],
      ['fail', 'does not hold'],
    ]);
    expect(says([{ ...warning, level: 'fail' }], [])).toEqual([
      ['fail', 'does not hold'],
      ['fail', 'is not proved'],
      ['fail', 'is not proved'],
    ]);
  });
});
