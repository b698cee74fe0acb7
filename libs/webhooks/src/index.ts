export * from './callback-url.js';
export * from './retry-policy.js';
export * from './subscription.js';
export * from './target-address.js';
export * from './webhook-secret.js';
