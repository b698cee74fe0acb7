export { WebhookApiModule } from './webhook-api.module.js';
