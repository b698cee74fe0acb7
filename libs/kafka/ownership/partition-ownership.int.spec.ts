import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { type TopicPartition, topicPartitionKey } from '#libs/kernel';
import { openLog, type TestLog, testSettings } from '#libs/testing';
import { makeKafka } from '../kafka.module.js';
import { createTopics, withAdmin } from '../topics.js';
import { PartitionOwnership } from './partition-ownership.js';

const PARTITIONS = 4;
const PATIENCE_MS = 20_000;

// Restarts are what this is about: their log lines would only be noise.
Logger.overrideLogger(false);

/** A process that takes what it is assigned. */
class Owner {
  readonly owned = new Set<string>();
  /** Everything that happened, in order. */
  readonly changes: string[] = [];
  readonly confirmations = new Map<string, () => Promise<void>>();
  readonly ownership: PartitionOwnership;

  constructor(
    groupId: string,
    topics: () => Promise<readonly string[]>,
    formerGroupIds: readonly string[] = [],
  ) {
    this.ownership = new PartitionOwnership({
      kafka: makeKafka(testSettings()),
      groupId,
      formerGroupIds,
      topics,
      assigned: (at, confirmed) => {
        this.#change('+', at);
        this.owned.add(topicPartitionKey(at));
        this.confirmations.set(topicPartitionKey(at), confirmed);
      },
      revoked: (at) => {
        this.#change('-', at);
        this.owned.delete(topicPartitionKey(at));
      },
    });
  }

  #change(what: '+' | '-', at: TopicPartition): void {
    this.changes.push(`${what}${topicPartitionKey(at)}`);
  }

  ownsOf(topic: string): number {
    return [...this.owned].filter((key) => key.startsWith(`${topic}/`)).length;
  }
}

async function until(check: () => boolean): Promise<void> {
  for (const end = performance.now() + PATIENCE_MS; !check(); await sleep(20))
    if (performance.now() > end) throw new Error(`this did not come: ${check.toString()}`);
}

describe('the ownership of partitions', () => {
  let test: TestLog;
  let first: string;
  let second: string;
  let groupId: string;
  const owners: Owner[] = [];

  beforeEach(async () => {
    test = await openLog(PARTITIONS);
    first = test.topic;
    second = `test-${randomUUID()}`;
    await createTopics(test.kafka, [{ topic: second, partitions: PARTITIONS, replication: 1 }]);
    groupId = `test-${randomUUID()}`;
  });
  afterEach(async () => {
    await Promise.all(owners.splice(0).map(({ ownership }) => ownership.stop()));
    await test.close();
  });

  function own(topics: readonly string[] = [first, second], group = groupId, former: readonly string[] = []) {
    const owner = new Owner(group, async () => topics, former);
    owners.push(owner);
    void owner.ownership.start();
    return owner;
  }

  it('is one membership for all topics, and shares out each of them evenly', async () => {
    const [one, other] = [own(), own()];
    const half = PARTITIONS / 2;
    const isEven = (): boolean =>
      [first, second].every((topic) => one.ownsOf(topic) === half && other.ownsOf(topic) === half);
    await until(isEven);
    expect(new Set([...one.owned, ...other.owned]).size).toBe(2 * PARTITIONS);
    await other.ownership.stop();
    await until(() => one.owned.size === 2 * PARTITIONS);
    await one.confirmations.get(`${first}/0`)?.();
    expect(one.ownership.fault).toBeUndefined();
  });

  it('leaves out a topic for as long as it is not in use, and keeps the others meanwhile', async () => {
    const inUse = [first, second];
    const owner = new Owner(groupId, async () => [...inUse]);
    owners.push(owner);
    await owner.ownership.start();
    await until(() => owner.owned.size === 2 * PARTITIONS);
    inUse.splice(0, 1);
    await until(() => owner.owned.size === PARTITIONS);
    inUse.unshift(first);
    await until(() => owner.owned.size === 2 * PARTITIONS);
    expect(owner.changes.filter((change) => change.includes(second))).toHaveLength(PARTITIONS);
  });

  it('gives up nothing else for a topic that is gone, though others join before it is noticed', async () => {
    const inUse = [first, second];
    const owner = new Owner(groupId, async () => [...inUse]);
    owners.push(owner);
    await owner.ownership.start();
    await until(() => owner.owned.size === 2 * PARTITIONS);
    await withAdmin(test.kafka.admin(), (admin) => admin.deleteTopics({ topics: [first] }));
    const other = own([second]);
    await until(() => other.owned.size > 0);
    inUse.splice(0, 1);
    const half = PARTITIONS / 2;
    await until(() => owner.owned.size === half && other.owned.size === half);
    const given = owner.changes.filter((change) => change.startsWith(`-${second}`));
    expect(given).toHaveLength(half);
  });

  it('gives a topic to those that use it, whoever leads the group', async () => {
    const leader = own([first]);
    await until(() => leader.owned.size === PARTITIONS);
    const both = own();
    await until(() => both.ownsOf(second) === PARTITIONS && both.ownsOf(first) === PARTITIONS / 2);
    expect(leader.ownsOf(second)).toBe(0);
  });

  it('begins when the last member of an older version has left', async () => {
    const formerGroups = [`${groupId}-${first}`, `${groupId}-${second}`];
    const older = [own([first], formerGroups[0]), own([second], formerGroups[1])];
    await until(() => older.every(({ owned }) => owned.size === PARTITIONS));
    const newer = own([first, second], groupId, formerGroups);
    await older[0]?.ownership.stop();
    await sleep(1_500);
    expect(newer.changes).toEqual([]);
    expect(newer.ownership.fault).toBeUndefined();
    await older[1]?.ownership.stop();
    await until(() => newer.owned.size === 2 * PARTITIONS);
  });
});
