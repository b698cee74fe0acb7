import 'reflect-metadata';
import { KafkaModule } from '#libs/kafka';
import { PostgresModule } from '#libs/postgres';
import { runApp } from '#libs/platform';
import { QueryingModule } from '#libs/projections/http';
import { OperationsApiModule } from './operations-api.module.js';

await runApp({
  name: 'OperationsApi',
  modules: [PostgresModule, KafkaModule, QueryingModule, OperationsApiModule],
});
