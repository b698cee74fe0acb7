import 'reflect-metadata';
import { AGGREGATE_GROUPS } from '#libs/aggregates';
import { CommandingModule } from '#libs/commands';
import { KafkaModule } from '#libs/kafka';
import { LogMemoryModule } from '#libs/operations/postgres';
import { PersonalDataModule } from '#libs/personal-data/postgres';
import { PostgresModule } from '#libs/postgres';
import { runApp } from '#libs/platform';
import { QueryingModule } from '#libs/projections/http';
import { OperationsApiModule } from './operations-api.module.js';

/** Executes nothing itself: the commands that operators give go to the owners of processes. */
const COMMANDING = CommandingModule.register({}, AGGREGATE_GROUPS.processes);

await runApp({
  name: 'OperationsApi',
  modules: [
    PostgresModule,
    PersonalDataModule,
    KafkaModule,
    LogMemoryModule,
    COMMANDING,
    QueryingModule,
    OperationsApiModule,
  ],
});
