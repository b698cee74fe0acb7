import 'reflect-metadata';
import { CommandingModule, ORDER_AGGREGATE, STOCK_AGGREGATE } from '#libs/commands';
import { KafkaModule } from '#libs/kafka';
import { PostgresModule } from '#libs/postgres';
import { runApp } from '#libs/platform';
import { CommandApiModule } from './command-api.module.js';

const COMMANDING = CommandingModule.register([ORDER_AGGREGATE, STOCK_AGGREGATE]);

await runApp({ name: 'CommandApi', modules: [PostgresModule, KafkaModule, COMMANDING, CommandApiModule] });
