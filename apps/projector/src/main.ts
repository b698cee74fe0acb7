import 'reflect-metadata';
import { KafkaModule } from '#libs/kafka';
import { PostgresModule } from '#libs/postgres';
import { runApp } from '#libs/platform';
import { PROJECTOR } from './projector.js';

await runApp({
  name: 'Projector',
  modules: [PostgresModule, KafkaModule, PROJECTOR],
  consumers: [PROJECTOR.consumer],
});
