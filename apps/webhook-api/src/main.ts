import 'reflect-metadata';
import { KafkaModule } from '#libs/event-store-kafka';
import { PersistenceModule } from '#libs/persistence';
import { runApp } from '#libs/platform';
import { WebhookApiModule } from './webhook-api.module.js';

await runApp({ name: 'WebhookApi', modules: [PersistenceModule, KafkaModule, WebhookApiModule] });
