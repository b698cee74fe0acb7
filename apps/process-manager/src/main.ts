import 'reflect-metadata';
import { AGGREGATE_GROUPS } from '#libs/aggregates';
import { CommandingModule } from '#libs/commands';
import { KafkaModule } from '#libs/kafka';
import { LogMemoryModule } from '#libs/operations/postgres';
import { PersonalDataModule } from '#libs/personal-data/postgres';
import { PostgresModule } from '#libs/postgres';
import { runApp } from '#libs/platform';
import { PROCESS_MANAGER } from './process-manager.js';

const { business, processes } = AGGREGATE_GROUPS;

await runApp({
  name: 'ProcessManager',
  modules: [
    PostgresModule,
    PersonalDataModule,
    KafkaModule,
    LogMemoryModule,
    CommandingModule.register({ processes }, business),
    PROCESS_MANAGER,
  ],
  consumers: [PROCESS_MANAGER.consumer],
});
