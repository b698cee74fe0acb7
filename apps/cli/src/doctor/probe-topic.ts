import type { Kafka } from 'kafkajs';
import { createTopics, type TopicPlan } from '#libs/kafka';
import { reasonOf } from './missing-right.js';

/** Makes the topic as event topics are made. @returns why it could not. */
export async function makeProbeTopic(
  kafka: Kafka,
  plan: TopicPlan,
  names: string,
): Promise<string | undefined> {
  try {
    await createTopics(kafka, [plan]);
    return undefined;
  } catch (error) {
    const right = `CREATE on the cluster, or on topics named ${names}*`;
    const reason = reasonOf(error, { cluster: right, topic: right });
    return `their topic could not be made with TOPIC_REPLICATION=${plan.replication}: ${reason}`;
  }
}

/** @returns why it could not. */
export async function deleteProbeTopic(
  kafka: Kafka,
  topic: string,
  names: string,
): Promise<string | undefined> {
  const admin = kafka.admin({ retry: { retries: 2 } });
  try {
    await admin.connect();
    await admin.deleteTopics({ topics: [topic] });
    return undefined;
  } catch (error) {
    const right = `DELETE on the cluster, or on topics named ${names}*`;
    return reasonOf(error, { cluster: right, topic: right });
  } finally {
    await admin.disconnect().catch(() => undefined);
  }
}
