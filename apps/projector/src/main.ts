import 'reflect-metadata';
import { KafkaModule } from '#libs/kafka';
import { PersistenceModule } from '#libs/postgres';
import { runApp } from '#libs/platform';
import { PROJECTOR } from './projector.js';

await runApp({
  name: 'Projector',
  modules: [PersistenceModule, KafkaModule, PROJECTOR],
  consumers: [PROJECTOR.consumer],
});
