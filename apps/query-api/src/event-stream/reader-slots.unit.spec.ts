import { ReaderSlots } from './reader-slots.js';

const crowded = { code: 'unavailable', status: 503, retryAfterSeconds: 5 };

/** What it throws. */
function refusal(take: () => unknown): unknown {
  try {
    take();
    return undefined;
  } catch (error) {
    return error;
  }
}

describe('the slots of readers', () => {
  it('are so many, and so many of them one tenant’s', () => {
    const slots = new ReaderSlots({ maxReaders: 3, maxReadersPerTenant: 2 });
    const first = slots.take('acme');
    slots.take('acme');
    expect(refusal(() => slots.take('acme'))).toMatchObject(crowded);
    slots.take('zenith');
    expect(refusal(() => slots.take('tea'))).toMatchObject(crowded);
    first();
    slots.take('tea');
    expect(refusal(() => slots.take('acme'))).toMatchObject(crowded);
  });

  it('come free once each', () => {
    const slots = new ReaderSlots({ maxReaders: 2, maxReadersPerTenant: 2 });
    const giveBack = slots.take('acme');
    slots.take('acme');
    giveBack();
    giveBack();
    slots.take('acme');
    expect(refusal(() => slots.take('acme'))).toMatchObject(crowded);
  });
});
