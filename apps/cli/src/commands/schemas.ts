import { Command } from 'commander';
import { EVENT_CONTRACTS } from '#libs/contracts';
import { registerSchemas } from '#libs/event-store-kafka';
import type { Settings } from '#libs/platform';
import { cliSettings, print } from '../cli-settings.js';

export async function deploySchemas(settings: Settings): Promise<void> {
  for (const { subject, id } of await registerSchemas(settings.kafka.schemaRegistryUrl)) {
    print(`schema ${subject}: id ${id}`);
  }
}

export function schemasCommand(): Command {
  const schemas = new Command('schemas').description('the Avro schemas of the events');
  schemas
    .command('list')
    .description('event types with their topics and subjects')
    .action(() => {
      for (const { eventType, topic, subject } of EVENT_CONTRACTS)
        print(`${eventType}  ${topic}  ${subject}`);
    });
  schemas
    .command('register')
    .description('register every schema; the registry refuses one that any version could not be read with')
    .action(() => deploySchemas(cliSettings()));
  return schemas;
}
