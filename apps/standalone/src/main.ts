import 'reflect-metadata';
import { PROJECTOR_SERVER } from '#apps/projector';
import { WEBHOOK_DISPATCHER_SERVER } from '#apps/webhook-dispatcher';
import { runApp } from '#libs/platform';
import { StandaloneModule } from './standalone.module.js';

await runApp({
  name: 'Standalone',
  modules: [StandaloneModule],
  consumers: [PROJECTOR_SERVER, WEBHOOK_DISPATCHER_SERVER],
});
