import { Command } from 'commander';
import { migrate, migrationsDirectory } from '#libs/postgres';
import type { Settings } from '#libs/platform';
import { READ_MODELS } from '#libs/projections/read-models';
import { audited } from '../audited.js';
import { cliSettings, print } from '../cli-settings.js';
import { withDatabase } from '../resources.js';
import { deployLog } from './log.js';
import { EVENT_TOPICS } from '#libs/contracts';
import { createTopics, makeKafka, topicFaults } from '#libs/kafka';

async function deployDatabase(settings: Settings): Promise<void> {
  const applied = await migrate(settings.database.url, migrationsDirectory());
  print(`database: ${applied.length === 0 ? 'up to date' : `migrated by ${applied.join(', ')}`}`);
  await withDatabase(settings, async (prisma) => {
    for (const { check } of READ_MODELS) await check?.(prisma.pool);
  });
}

/** Prepares everything that an app of this version needs at its start. Idempotent. */
export function deployCommand(): Command {
  return new Command('deploy')
    .description('prepare the database, topics and schemas for this version; safe to repeat')
    .action(async () => {
      const settings = cliSettings();
      // The act needs the table that this makes.
      await deployDatabase(settings);
      await audited(settings, { act: 'system.deployed', command: 'deploy' }, async () => {
        await deployTopics(settings);
        await deployLog(settings);
      });
    });
}

/** Creates missing event topics, and warns about existing ones with unsuitable settings. */
async function deployTopics(settings: Settings): Promise<void> {
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
