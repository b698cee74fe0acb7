import type { HealthCheckResult, HealthIndicatorResult } from '@nestjs/terminus';
import { mergedHealth } from './merged-health.js';

const result = (details: HealthIndicatorResult): HealthCheckResult => ({ status: 'ok', details });
const from = (number: number, answer?: HealthCheckResult) => ({
  number,
  isRunning: answer !== undefined,
  answer,
});
const up = { status: 'up' } as const;
const down = { status: 'down', code: 'failed', message: 'away' } as const;
const noted = (...notices: string[]) => ({ status: 'up', code: 'notices', notices }) as const;

describe('the health of several processes', () => {
  it('is well when all are', () => {
    const merged = mergedHealth(result({ kafka: up }), [from(2, result({ kafka: up }))]);
    expect(merged).toEqual({
      status: 'ok',
      info: { kafka: up, processes: up },
      error: {},
      details: { kafka: up, processes: up },
    });
  });

  it('names a part that is down in any of them, and where', () => {
    const merged = mergedHealth(result({ kafka: up, log: up }), [from(2, result({ kafka: down, log: up }))]);
    expect(merged.status).toBe('error');
    expect(merged.error).toEqual({ kafka: { ...down, message: 'process 2: away' } });
    expect(mergedHealth(result({ kafka: down }), [from(2, result({ kafka: up }))]).error).toEqual({
      kafka: down,
    });
  });

  it('is not well while one does not run or answer', () => {
    const merged = mergedHealth(result({ kafka: up }), [from(2), from(3, result({ kafka: up }))]);
    expect(merged.status).toBe('error');
    expect(merged.error).toEqual({
      processes: { status: 'down', code: 'no-answer', message: 'no answer of process 2' },
    });
  });

  it('collects the notices of all', () => {
    const merged = mergedHealth(result({ log: noted('a', 'b') }), [
      from(2, result({ log: noted('b', 'c') })),
      from(3, result({ log: up })),
    ]);
    expect(merged).toMatchObject({ status: 'ok', info: { log: noted('a', 'b', 'c') } });
  });

  it('is that of a stopping process while this one stops', () => {
    const own = { ...result({ kafka: up }), status: 'shutting_down' as const };
    expect(mergedHealth(own, [from(2, result({ kafka: up }))]).status).toBe('shutting_down');
  });
});
