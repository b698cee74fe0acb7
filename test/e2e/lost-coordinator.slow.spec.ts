/** @own-servers */
import { join } from 'node:path';
import { createTopics, makeKafka, PartitionOwnership } from '#libs/kafka';
import { makeTestDirectory, testSettings } from '#libs/testing';
import { startKafkaCluster } from '../../tools/launcher/embedded.mjs';

const TOPIC = 'orders';

/** kafkajs gives up for good on a coordinator that it cannot find, while its process looks well (its issue 1630). */
describe('a member of a consumer group', () => {
  const members: PartitionOwnership[] = [];
  let cluster: Awaited<ReturnType<typeof startKafkaCluster>>;
  beforeAll(async () => {
    const directory = join(await makeTestDirectory('lost-coordinator'), 'kafka');
    cluster = await startKafkaCluster({ directory, brokers: 3 });
    await createTopics(kafkaOf(), [{ topic: TOPIC, partitions: 1, replication: 3 }]);
  });
  afterAll(async () => {
    await Promise.all(members.map((member) => member.stop()));
    await cluster.stop();
  });

  const kafkaOf = () => makeKafka(testSettings({ KAFKA_BROKERS: cluster.brokers }));

  /** @returns what resolves at the next heartbeat that the group accepts */
  function joinGroup(groupId: string): Promise<() => Promise<void>> {
    return new Promise((resolve) => {
      const member = new PartitionOwnership({
        kafka: kafkaOf(),
        groupId,
        formerGroupIds: [],
        topics: async () => [TOPIC],
        assigned: (_, confirmed) => resolve(confirmed),
        revoked: () => undefined,
      });
      members.push(member);
      void member.start();
    });
  }

  // Whichever of them coordinates the group is away once.
  it.each([0, 1, 2])('joins although broker %i is away, and stays when another one goes', async (index) => {
    const [away, next] = [cluster.nodes[index], cluster.nodes[(index + 1) % 3]];
    await away?.kill9();
    const accepted = await joinGroup(`group-${index}`);
    await away?.restart();
    await next?.kill9();
    // One may have been on its way.
    for (let beat = 0; beat < 3; beat++) await accepted();
    await next?.restart();
  });
});
