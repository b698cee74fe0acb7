import 'reflect-metadata';
import { BUSINESS_AGGREGATES } from '#libs/aggregates';
import { CommandingModule } from '#libs/commands';
import { PROCESS_AGGREGATE } from '#libs/fulfilment/core';
import { KafkaModule } from '#libs/kafka';
import { PostgresModule } from '#libs/postgres';
import { runApp } from '#libs/platform';
import { CommandApiModule } from './command-api.module.js';

const COMMANDING = CommandingModule.register(BUSINESS_AGGREGATES, [PROCESS_AGGREGATE]);

await runApp({ name: 'CommandApi', modules: [PostgresModule, KafkaModule, COMMANDING, CommandApiModule] });
