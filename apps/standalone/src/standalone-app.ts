import 'reflect-metadata';
import { PROCESS_MANAGER } from '#apps/process-manager';
import { PROJECTOR } from '#apps/projector';
import { WEBHOOK_DISPATCHER_SERVER } from '#apps/webhook-dispatcher';
import { type AppParts, runApp } from '#libs/platform';
import { StandaloneModule } from './standalone.module.js';

export const runStandalone = (requires: NonNullable<AppParts['requires']>): Promise<void> =>
  runApp({
    name: 'Standalone',
    modules: [StandaloneModule],
    consumers: [PROJECTOR.consumer, PROCESS_MANAGER.consumer, WEBHOOK_DISPATCHER_SERVER],
    requires,
  });
