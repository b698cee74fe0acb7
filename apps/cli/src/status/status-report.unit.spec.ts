import type { ShownOverview } from './overview.js';
import { statusReport, troublesOf } from './status-report.js';

const WELL: ShownOverview = {
  at: '2026-11-30T18:00:00.000Z',
  ordersPerSecond: 12.34,
  eventsPerSecond: 60,
  appendP99Ms: 8.4,
  projections: [{ name: 'orders', lagEvents: 0, stoppedPartitions: 0 }],
  stuckProcesses: { count: 0 },
  paymentsInReview: { count: 2 },
  deadLetters: [
    { kind: 'webhook', count: 0 },
    { kind: 'mail', count: 0 },
  ],
  partitions: { owned: 12, owners: 1 },
  processes: { expected: 1, answering: 1 },
  readiness: { parts: [{ name: 'kafka', status: 'up' }] },
  missing: [],
};

describe('the status of a system', () => {
  it('fits one screen, and says so where nothing needs anybody', () => {
    const lines = statusReport(WELL, 'http://orders');
    expect(lines).toContain('  Nothing needs you.');
    expect(lines).toContain('  orders                12.3/s');
    expect(lines).toContain('  append, p99           8 ms');
    expect(lines).toContain('  payments in review    2');
    expect(lines).toContain('  orders  up to date');
    expect(lines.length).toBeLessThan(24);
  });

  it('needs nobody where apps that run apart tell the rest', () => {
    const { ordersPerSecond: _, appendP99Ms: _p99, ...rest } = WELL;
    const apart: ShownOverview = {
      ...rest,
      missing: [{ part: 'commands', reason: 'no process here takes them', isElsewhere: true }],
    };
    expect(troublesOf(apart)).toEqual([]);
    const lines = statusReport(apart, 'http://gateway');
    expect(lines).toContain('  Nothing needs you.');
    expect(lines).toContain('  orders                in /metrics of each command API');
    expect(lines).toContain(
      '  processes             1 of 1 behind this address; apps that run apart are not counted',
    );
  });

  it.each<[string, Partial<ShownOverview>, string]>([
    [
      'a dependency that is down',
      { readiness: { parts: [{ name: 'kafka', status: 'down', message: 'no broker answers' }] } },
      'kafka is down: no broker answers',
    ],
    ['a process that is away', { processes: { expected: 3, answering: 2 } }, '2 of 3 processes answer'],
    [
      'a stopped projection',
      { projections: [{ name: 'orders', lagEvents: 5, stoppedPartitions: 2 }] },
      'projection orders has stopped in 2 partitions',
    ],
    [
      'a late projection',
      { projections: [{ name: 'orders', lagEvents: 5, lagMs: 200_000, stoppedPartitions: 0 }] },
      'projection orders is 3 min late',
    ],
    [
      'a failing webhook',
      { oldestUndelivered: { ageMs: 7_300_000, subscriptionId: 's-1', tenant: 'acme' } },
      'a webhook of acme has failed for 2 h: subscription s-1',
    ],
    [
      'stuck processes',
      { stuckProcesses: { count: 1_000, countIsLowerBound: true } },
      '1000 or more processes are stuck',
    ],
    ['dead letters', { deadLetters: [{ kind: 'webhook', count: 3 }] }, '3 dead letters of kind webhook'],
    [
      'what is not known',
      { missing: [{ part: 'owners', reason: 'Postgres is away' }] },
      'not known now: owners (Postgres is away)',
    ],
  ])('names %s first', (_, more, trouble) => {
    const overview = { ...WELL, ...more };
    expect(troublesOf(overview)).toEqual([trouble]);
    expect(statusReport(overview, 'http://orders')[2]).toBe(`  ! ${trouble}`);
  });
});
