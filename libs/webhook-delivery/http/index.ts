export { SharedWebhookClient, UndiciWebhookClient } from './webhook-client.js';
