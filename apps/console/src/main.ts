import 'reflect-metadata';
import { PostgresModule } from '#libs/postgres';
import { runApp } from '#libs/platform';
import { ConsoleModule } from './console.module.js';

await runApp({ name: 'Console', modules: [PostgresModule, ConsoleModule] });
