export { SharedWebhookClient, UndiciWebhookClient } from './webhook-client.js';
export { type ShownHeader, shownHeaders } from './shown-headers.js';
export { DeliveryBodies, type DeliveryBody, type OpenBody } from './signed-request.js';
export { tracedWebhookClient } from './traced-webhook-client.js';
