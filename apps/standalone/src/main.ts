import 'reflect-metadata';
import { PROCESS_MANAGER } from '#apps/process-manager';
import { PROJECTOR } from '#apps/projector';
import { WEBHOOK_DISPATCHER_SERVER } from '#apps/webhook-dispatcher';
import { runApp } from '#libs/platform';
import { StandaloneModule } from './standalone.module.js';

await runApp({
  name: 'Standalone',
  modules: [StandaloneModule],
  consumers: [PROJECTOR.consumer, PROCESS_MANAGER.consumer, WEBHOOK_DISPATCHER_SERVER],
  requires: ['WEBHOOK_ENCRYPTION_KEY'],
});
