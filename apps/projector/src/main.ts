import 'reflect-metadata';
import { KafkaModule } from '#libs/kafka';
import { LogMemoryModule } from '#libs/operations/postgres';
import { PostgresModule } from '#libs/postgres';
import { runApp } from '#libs/platform';
import { PROJECTOR } from './projector.js';

await runApp({
  name: 'Projector',
  modules: [PostgresModule, KafkaModule, LogMemoryModule, PROJECTOR],
  consumers: [PROJECTOR.consumer],
});
