import { endpointHealth, type EndpointFacts } from './endpoint-health.js';

const NOW = Date.parse('2026-11-21T12:00:00Z');
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const textOf = (time: number) => new Date(time).toISOString();

const NONE = { attempts: 0, delivered: 0 };
const judge = (facts: Partial<EndpointFacts>) =>
  endpointHealth(
    {
      judged: NONE,
      recent: NONE,
      firstFailedAt: null,
      failingSince: null,
      lastDeliveredAt: null,
      lastFailedAt: NOW - MINUTE,
      judgedFrom: null,
      ...facts,
    },
    NOW,
  );

describe('an endpoint', () => {
  it.each([
    [20, 9, 'success-rate'],
    [20, 10, undefined],
    [19, 0, undefined],
    [1_000, 499, 'success-rate'],
  ])('of whose %i attempts %i succeed gets the warning %s', (attempts, delivered, warning) => {
    const failingSince = NOW - 30 * MINUTE;
    const found = judge({ judged: { attempts, delivered }, failingSince, firstFailedAt: NOW - 20 * MINUTE });
    expect(found?.warning).toBe(warning);
    if (found?.warning) expect(found.since).toBe(textOf(NOW - 20 * MINUTE));
  });

  it('is told of after an hour without a success, however few attempts there are', () => {
    const judged = { attempts: 1, delivered: 0 };
    expect(judge({ judged, failingSince: NOW - HOUR + 1 })).toBeUndefined();
    expect(judge({ judged, failingSince: NOW - HOUR })).toEqual({
      warning: 'success-rate',
      since: textOf(NOW - HOUR),
      disablesAt: null,
    });
    for (const later of [{ lastDeliveredAt: NOW - HOUR + 1 }, { judgedFrom: NOW - HOUR + 1 }])
      expect(judge({ judged, failingSince: NOW - DAY, ...later })).toBeUndefined();
    expect(judge({ failingSince: NOW - DAY })).toBeUndefined();
  });

  it('is about to be disabled after four days without a success, while it is tried', () => {
    const failingSince = NOW - 4 * DAY;
    const warned = { warning: 'disabling', since: textOf(failingSince), disablesAt: textOf(NOW + DAY) };
    expect(judge({ failingSince })).toEqual(warned);
    expect(judge({ failingSince, lastDeliveredAt: failingSince - 1 })).toEqual(warned);
    expect(judge({ failingSince: failingSince + 1 })).toBeUndefined();
    expect(judge({ failingSince, lastDeliveredAt: failingSince + 1 })).toBeUndefined();
    expect(judge({ failingSince, judgedFrom: failingSince + 1 })).toBeUndefined();
    expect(judge({ failingSince, lastFailedAt: NOW - DAY })).toBeUndefined();
    expect(judge({ failingSince, judged: { attempts: 50, delivered: 1 } })?.warning).toBe('success-rate');
  });

  it.each([
    [1, 1, true],
    [10, 9, true],
    [10, 8, false],
    [0, 0, false],
  ])('works again if of %i recent attempts %i succeed: %s', (attempts, delivered, works) => {
    const found = judge({ judged: { attempts: 30, delivered }, recent: { attempts, delivered } });
    expect(found?.warning === null).toBe(works);
  });
});
