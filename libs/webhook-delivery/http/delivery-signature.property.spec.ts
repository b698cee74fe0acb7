import fc from 'fast-check';
import { Webhook } from 'standardwebhooks';
import { webhookSecretOf } from '#libs/webhooks';
import { valid } from '../testing/attempt-request.fixture.js';
import { DeliverySigner } from './delivery-signature.js';

const aSecret = fc
  .uint8Array({ minLength: 24, maxLength: 64 })
  .map((bytes) => webhookSecretOf(Buffer.from(bytes)));
const someSecrets = fc.uniqueArray(aSecret, { minLength: 1, maxLength: 3 });
const aBody = fc.json({ stringUnit: 'binary' }).map((json) => Buffer.from(json));
/** The package verifies signatures of the last five minutes. */
const now = Date.now();

const headersOf = (id: string, signature: string) => ({
  'webhook-id': id,
  'webhook-timestamp': String(Math.floor(now / 1_000)),
  'webhook-signature': signature,
});

describe('signature', () => {
  it('is verified by the Standard Webhooks package with each valid secret', () => {
    fc.assert(
      fc.property(someSecrets, fc.uuid(), aBody, (secrets, id, body) => {
        const signature = new DeliverySigner(secrets.map((secret) => valid(secret))).sign(id, now, body);
        const headers = headersOf(id, signature);
        for (const secret of secrets)
          expect(new Webhook(secret).verify(body.toString(), headers)).toEqual(JSON.parse(body.toString()));
      }),
    );
  });

  it('equals that of the package', () => {
    fc.assert(
      fc.property(aSecret, fc.uuid(), aBody, (secret, id, body) => {
        const expected = new Webhook(secret).sign(id, new Date(now), body.toString());
        expect(new DeliverySigner([valid(secret)]).sign(id, now, body)).toBe(expected);
      }),
    );
  });

  it('fails verification with another secret, id or body', () => {
    fc.assert(
      fc.property(someSecrets, aSecret, fc.uuid(), aBody, (secrets, other, id, body) => {
        fc.pre(!secrets.includes(other));
        const text = body.toString();
        const signature = new DeliverySigner(secrets.map((secret) => valid(secret))).sign(id, now, body);
        const [first = ''] = secrets;
        const verify = (secret: string, called: string, read: string) => () =>
          new Webhook(secret).verify(read, headersOf(called, signature));
        expect(verify(other, id, text)).toThrow('No matching signature');
        expect(verify(first, `${id}0`, text)).toThrow('No matching signature');
        expect(verify(first, id, `${text} `)).toThrow('No matching signature');
      }),
    );
  });

  it('does not use an expired secret', () => {
    fc.assert(
      fc.property(aSecret, aSecret, fc.integer({ min: -10_000, max: 10_000 }), (secret, old, leftMs) => {
        const signer = new DeliverySigner([valid(secret), valid(old, new Date(now + leftMs).toISOString())]);
        const count = signer.sign('id', now, Buffer.from('{}')).split(' ').length;
        expect(count).toBe(leftMs > 0 ? 2 : 1);
      }),
    );
  });
});
