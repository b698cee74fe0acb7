import 'reflect-metadata';
import { AGGREGATE_GROUPS } from '#libs/aggregates';
import { CommandingModule } from '#libs/commands';
import { KafkaModule } from '#libs/kafka';
import { LogMemoryModule } from '#libs/operations/postgres';
import { PersonalDataModule } from '#libs/personal-data/postgres';
import { PostgresModule } from '#libs/postgres';
import { runApp } from '#libs/platform';
import { CommandApiModule } from './command-api.module.js';

const { business, processes } = AGGREGATE_GROUPS;
const COMMANDING = CommandingModule.register({ business }, processes);

await runApp({
  name: 'CommandApi',
  modules: [PostgresModule, PersonalDataModule, KafkaModule, LogMemoryModule, COMMANDING, CommandApiModule],
});
