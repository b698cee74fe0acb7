import { stopTimesOf } from './stop-times.js';

it.each([1_000, 20_000, 300_000])(
  'all parts of a stop fit into %i ms, and what is cut off comes after',
  (ms) => {
    const { deliveriesMs, savingMs, bodiesMs, requestsMs, tracesMs, forcedMs } = stopTimesOf(ms);
    expect(deliveriesMs + savingMs + requestsMs + tracesMs).toBeLessThanOrEqual(ms);
    expect(bodiesMs).toBeLessThan(requestsMs);
    expect(forcedMs).toBeGreaterThan(ms);
  },
);
