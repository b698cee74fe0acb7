import { jest } from '@jest/globals';
import { loadSettings } from '../settings/settings.js';
import type { OwnLimits } from './tenant-limits.js';
import { TenantQuotas } from './tenant-quotas.js';

describe('the limits of tenants in memory', () => {
  let reads: number;
  let change: (own: OwnLimits) => void;
  let quotas: TenantQuotas;

  beforeEach(async () => {
    jest.useFakeTimers();
    reads = 0;
    let own: OwnLimits = {};
    const store = {
      all: async () => {
        reads++;
        return new Map([['acme', own]]);
      },
      onChange: (listener: () => void) => {
        change = (limits) => {
          own = limits;
          listener();
        };
      },
    };
    quotas = new TenantQuotas(loadSettings({}), store);
    await quotas.onApplicationBootstrap();
  });
  afterEach(() => {
    quotas.onApplicationShutdown();
    jest.useRealTimers();
  });

  it('are read before the app takes requests, and at once after a change', async () => {
    expect(reads).toBe(1);
    await jest.advanceTimersByTimeAsync(10_000);
    expect(reads).toBe(1);
    change({ batchSize: 3 });
    await jest.advanceTimersByTimeAsync(0);
    expect([reads, quotas.of('acme').batchSize]).toEqual([2, 3]);
  });

  it('are read once a second at most, however often they change, and the last change counts', async () => {
    for (let n = 0; n < 1_000; n++) {
      change({ batchSize: (n % 900) + 1 });
      await jest.advanceTimersByTimeAsync(10);
    }
    expect(reads).toBeLessThan(15);
    change({ batchSize: 7 });
    await jest.advanceTimersByTimeAsync(1_000);
    expect(quotas.of('acme').batchSize).toBe(7);
  });
});
