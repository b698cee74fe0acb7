import fc from 'fast-check';
import { isWebhookSecret, webhookSecretOf } from './webhook-secret.js';

const bytes = (minLength: number, maxLength: number) =>
  fc.uint8Array({ minLength, maxLength }).map((array) => Buffer.from(array));

describe('webhook secret', () => {
  it('has 24 to 64 bytes', () => {
    fc.assert(fc.property(bytes(24, 64), (key) => isWebhookSecret(webhookSecretOf(key))));
    fc.assert(fc.property(bytes(0, 23), (key) => !isWebhookSecret(webhookSecretOf(key))));
    fc.assert(fc.property(bytes(65, 200), (key) => !isWebhookSecret(webhookSecretOf(key))));
  });

  it('is a prefix followed by padded base64', () => {
    const encoded = Buffer.alloc(32, 7).toString('base64');
    expect(isWebhookSecret(`whsec_${encoded}`)).toBe(true);
    expect(isWebhookSecret(encoded)).toBe(false);
    expect(isWebhookSecret(`whsec_${encoded.slice(0, -1)}`)).toBe(false);
    expect(isWebhookSecret(`whsec_ ${encoded}`)).toBe(false);
    expect(isWebhookSecret(`whsec_${encoded}\n`)).toBe(false);
    expect(isWebhookSecret(`whsec_${'_'.repeat(44)}`)).toBe(false);
  });
});
