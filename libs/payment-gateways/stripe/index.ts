export { StripeGateway } from './stripe-gateway.js';
export { type StripeNotice, stripeNotice, StripeSignatureError } from './stripe-webhook.js';
