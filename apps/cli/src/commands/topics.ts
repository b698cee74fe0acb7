import { Command } from 'commander';
import { EVENT_TOPICS } from '#libs/contracts';
import { createTopics, makeKafka, topicFaults } from '#libs/event-store-kafka';
import type { Settings } from '#libs/platform';
import { cliSettings, print } from '../cli-settings.js';

/** Makes the event topics that are missing, and says which of those that exist are not fit to be one. */
export async function deployTopics(settings: Settings): Promise<void> {
  const kafka = makeKafka(settings);
  const { partitions, replication } = settings.kafka;
  const made = await createTopics(
    kafka,
    EVENT_TOPICS.map((topic) => ({ topic, partitions, replication })),
  );
  for (const topic of EVENT_TOPICS) {
    print(`topic ${topic}: ${made.includes(topic) ? `made, ${partitions} partitions` : 'exists'}`);
    for (const fault of await topicFaults(kafka, topic)) print(`  warning: ${fault}`);
  }
}

export function topicsCommand(): Command {
  const topics = new Command('topics').description('the topics that events live in');
  topics
    .command('create')
    .description('make the event topics that are missing')
    .action(() => deployTopics(cliSettings()));
  return topics;
}
