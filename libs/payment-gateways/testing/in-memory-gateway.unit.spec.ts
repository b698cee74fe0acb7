import { describePaymentGateway } from './gateway-conformance.js';
import { InMemoryGateway } from './in-memory-gateway.js';

describePaymentGateway('in memory', () =>
  Promise.resolve({
    gateway: new InMemoryGateway(),
    tokens: { ok: 'tok_ok', declined: 'tok_decline', review: 'tok_review' },
  }),
);
