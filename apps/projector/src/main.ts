import 'reflect-metadata';
import { KafkaModule } from '#libs/event-store-kafka';
import { PersistenceModule } from '#libs/persistence';
import { runApp } from '#libs/platform';
import { PROJECTOR_SERVER, ProjectorModule } from './projector.module.js';

await runApp({
  name: 'Projector',
  modules: [PersistenceModule, KafkaModule, ProjectorModule],
  consumers: [PROJECTOR_SERVER],
});
