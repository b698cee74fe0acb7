export { SharedWebhookClient } from './shared-webhook-client.js';
export { UndiciWebhookClient } from './undici-webhook-client.js';
