export { describePaymentGateway, type GatewayUnderTest } from './gateway-conformance.js';
export { type GatewayFault, InMemoryGateway } from './in-memory-gateway.js';
export { FAKE_STRIPE_KEY, FakeStripe } from './fake-stripe.js';
