import fc from 'fast-check';
import { LEAST_PLACES, LEAST_SHARE, MOST_PLACES, Pace } from './pace.js';

const sample = fc.record({
  lag: fc.double({ min: 0, max: 20, noNaN: true }),
  busy: fc.double({ min: 0, max: 1, noNaN: true }),
  running: fc.nat({ max: 2_000 }),
});

describe('the pace of commands', () => {
  it('always leaves some places, and never falls where nothing is behind or there is time to spare', () => {
    fc.assert(
      fc.property(fc.array(sample), (samples) => {
        const pace = new Pace();
        for (const each of samples) {
          const before = pace.places;
          pace.adapt(each);
          expect(pace.places).toBeGreaterThanOrEqual(LEAST_PLACES);
          expect(pace.places).toBeLessThanOrEqual(MOST_PLACES);
          if (each.lag <= 1 || each.busy < 0.5) expect(pace.places).toBeGreaterThanOrEqual(before);
        }
      }),
    );
  });

  it('leaves a share of one place where that is the least, and never more while that is still too much', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(sample, fc.boolean())), (samples) => {
        const pace = new Pace();
        for (const [each, isShare] of samples) {
          const before = pace.places;
          pace.adapt({ ...each, least: isShare ? LEAST_SHARE : LEAST_PLACES });
          expect(pace.places).toBeGreaterThanOrEqual(LEAST_SHARE);
          expect(pace.places).toBeLessThanOrEqual(MOST_PLACES);
          if (each.lag > 1 && each.busy > 0.8) expect(pace.places).toBeLessThanOrEqual(before);
        }
      }),
    );
  });

  it('settles where a process can do no more', () => {
    // What is beyond the capacity makes a backlog, which is worked off with what is left of it.
    const capacity = 24;
    const pace = new Pace();
    let backlog = 0;
    const seen: number[] = [];
    for (let look = 0; look < 400; look++) {
      const running = Math.min(64, pace.places);
      backlog = Math.max(0, backlog + running - capacity);
      pace.adapt({ lag: backlog / 100, busy: 1, running });
      if (look > 100) seen.push(running);
    }
    expect(backlog).toBeLessThan(400);
    expect(seen.reduce((sum, each) => sum + each, 0) / seen.length).toBeGreaterThan(capacity * 0.8);
  });

  it('is felt by nobody again once all is well', () => {
    const pace = new Pace();
    for (let look = 0; look < 60; look++) pace.adapt({ lag: 5, busy: 1, running: 64 });
    expect(pace.places).toBe(LEAST_PLACES);
    for (let look = 0; look < 60; look++) pace.adapt({ lag: 0, busy: 1, running: 8 });
    expect(pace.places).toBe(MOST_PLACES);
  });
});
