import { Command } from 'commander';
import { EVENT_CONTRACTS } from '#libs/contracts';
import { cliSettings, print } from '../cli-settings.js';
import { deployLog } from './log.js';

export function schemasCommand(): Command {
  const schemas = new Command('schemas').description('manage the Avro schemas of events');
  schemas
    .command('list')
    .description('list event types with their topics and subjects')
    .action(() => {
      for (const { eventType, topic, subject } of EVENT_CONTRACTS)
        print(`${eventType}  ${topic}  ${subject}`);
    });
  schemas
    .command('register')
    .description('register every schema; the registry refuses one that is incompatible with any version')
    .action(() => deployLog(cliSettings()));
  return schemas;
}
