import kafkajs, { type Kafka } from 'kafkajs';

const SETTING = 'producer.id.expiration.ms';

/**
 * Returns how long the brokers remember a silent producer: the shortest time of any broker, in milliseconds, cached.
 */
export function producerExpirationOf(kafka: Kafka): () => Promise<number> {
  let answer: Promise<number> | undefined;
  return () => {
    answer ??= ask(kafka).catch((error: unknown) => {
      answer = undefined;
      throw error;
    });
    return answer;
  };
}

async function ask(kafka: Kafka): Promise<number> {
  const admin = kafka.admin();
  try {
    await admin.connect();
    const { brokers } = await admin.describeCluster();
    const { resources } = await admin.describeConfigs({
      includeSynonyms: false,
      resources: brokers.map(({ nodeId }) => ({
        type: kafkajs.ConfigResourceTypes.BROKER,
        name: String(nodeId),
        configNames: [SETTING],
      })),
    });
    const values = resources.flatMap(({ configEntries }) =>
      configEntries.map(({ configValue }) => Number(configValue)),
    );
    const shortest = Math.min(...values);
    if (!Number.isFinite(shortest) || shortest <= 0) throw new Error(`the brokers do not report ${SETTING}`);
    return shortest;
  } finally {
    await admin.disconnect().catch(() => undefined);
  }
}
