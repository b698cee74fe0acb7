import 'reflect-metadata';
import { BUSINESS_AGGREGATES } from '#libs/aggregates';
import { CommandingModule } from '#libs/commands';
import { PROCESS_AGGREGATE } from '#libs/fulfilment/core';
import { KafkaModule } from '#libs/kafka';
import { PostgresModule } from '#libs/postgres';
import { runApp } from '#libs/platform';
import { PROCESS_MANAGER } from './process-manager.js';

await runApp({
  name: 'ProcessManager',
  modules: [
    PostgresModule,
    KafkaModule,
    CommandingModule.register([PROCESS_AGGREGATE], BUSINESS_AGGREGATES),
    PROCESS_MANAGER,
  ],
  consumers: [PROCESS_MANAGER.consumer],
});
