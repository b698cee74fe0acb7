export { WEBHOOK_DISPATCHER_SERVER, WebhookDispatcherModule } from './webhook-dispatcher.module.js';
