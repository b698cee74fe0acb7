import 'reflect-metadata';
import { KafkaModule } from '#libs/kafka';
import { LogMemoryModule } from '#libs/operations/postgres';
import { PersonalDataModule } from '#libs/personal-data/postgres';
import { PostgresModule } from '#libs/postgres';
import { runApp } from '#libs/platform';
import { QueryingModule } from '#libs/projections/http';
import { QueryApiModule } from './query-api.module.js';

await runApp({
  name: 'QueryApi',
  modules: [PostgresModule, PersonalDataModule, KafkaModule, LogMemoryModule, QueryingModule, QueryApiModule],
});
