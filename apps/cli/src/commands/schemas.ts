import { Command } from 'commander';
import { EVENT_CONTRACTS } from '#libs/contracts';
import { cliSettings, print } from '../cli-settings.js';
import { deployLog } from './log.js';

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
    .action(() => deployLog(cliSettings()));
  return schemas;
}
