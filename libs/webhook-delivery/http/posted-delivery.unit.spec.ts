import type { FailedAttempt } from '../core/ports.js';
import { failureReason } from './attempt-failure.js';
import { PostedDelivery } from './posted-delivery.js';

describe('a bug while an attempt is in flight', () => {
  const broken = new Proxy(
    {},
    {
      get() {
        throw new Error('broken');
      },
    },
  ) as never;

  it.each<[string, (delivery: PostedDelivery) => void]>([
    [
      'at its start',
      (delivery) => {
        delivery.giveUp('timeout');
        delivery.onRequestStart(broken);
      },
    ],
    ['at the status', (delivery) => delivery.onResponseStart(broken, 500, broken)],
    ['in its body', (delivery) => delivery.onResponseData(broken, broken)],
    [
      'at its end',
      (delivery) => {
        delivery.onResponseStart(broken, 500, { 'retry-after': { trim: 1 } as never });
        delivery.onResponseEnd();
      },
    ],
    ['in an error', (delivery) => delivery.onResponseError(broken, broken)],
  ])('%s fails that attempt and is reported', async (_, befall) => {
    const faults: unknown[] = [];
    let ended = 0;
    const delivery = new PostedDelivery({ ended: () => ended++, faulted: (error) => faults.push(error) });
    expect(() => befall(delivery)).not.toThrow();
    expect((await delivery.outcome).outcome).toBe('failed');
    expect(ended).toBe(1);
  });

  it('is reported as an internal error', async () => {
    const faults: unknown[] = [];
    const delivery = new PostedDelivery({ ended: () => {}, faulted: (error) => faults.push(error) });
    delivery.onResponseData(broken, broken);
    expect(((await delivery.outcome) as FailedAttempt).reason).toBe('internal-error');
    expect(faults).toHaveLength(1);
  });

  it('has a reason even if its causes form a cycle', () => {
    const error = new Error('a');
    error.cause = error;
    expect(failureReason(error)).toBe('connection-failed');
  });
});
