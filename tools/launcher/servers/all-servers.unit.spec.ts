import { startsGateway } from './all-servers.mjs';

describe('the simulated payment gateway', () => {
  it.each([
    [true, {}],
    [true, { PAYMENT_GATEWAY: 'simulated' }],
    [false, { PAYMENT_GATEWAY: 'stripe' }],
    [false, { PAYMENT_GATEWAY_URL: 'http://127.0.0.1:8090' }],
  ])('is started: %j, with %j', (isStarted, given) => {
    expect(startsGateway(given)).toBe(isStarted);
  });
});
