import { Command } from 'commander';
import { EVENT_TOPICS } from '#libs/contracts';
import { createTopics, makeKafka, topicFaults } from '#libs/kafka';
import type { Settings } from '#libs/platform';
import { cliSettings, print } from '../cli-settings.js';

/** Creates missing event topics, and warns about existing ones with unsuitable settings. */
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
  const topics = new Command('topics').description('manage the event topics');
  topics
    .command('create')
    .description('create missing event topics')
    .action(() => deployTopics(cliSettings()));
  return topics;
}
