import type { DomainEvent, EventMetadata } from './event.js';
import { withoutNulls } from './json.js';
import { applyEvent, emptyStream } from './stream.js';

const evolve = (total: number, event: DomainEvent<'added', number>): number => total + event.data;
const added = (version: number, occurredAt: string) => ({
  type: 'added' as const,
  data: 10,
  metadata: { streamId: 's', version, tenant: 't', occurredAt } as EventMetadata,
});

describe('a stream', () => {
  it('folds its events, and keeps the first and last times', () => {
    const first = applyEvent({ evolve }, emptyStream(0), added(1, '2026-01-01T00:00:00.000Z'));
    const second = applyEvent({ evolve }, first, added(2, '2026-01-02T00:00:00.000Z'));
    expect(second).toEqual({
      tenant: 't',
      version: 2,
      createdAt: '2026-01-01T00:00:00.000Z',
      updatedAt: '2026-01-02T00:00:00.000Z',
      state: 20,
    });
  });

  it.each([0, 2, 3])('rejects an event of version %i as its first', (version) => {
    expect(() => applyEvent({ evolve }, emptyStream(0), added(version, ''))).toThrow(/cannot follow 0/);
  });
});

it('removes only nulls, at every depth', () => {
  const value = { a: null, b: 0, c: '', d: false, e: [null, { f: null, g: 1 }], h: {} };
  expect(withoutNulls(value)).toEqual({ b: 0, c: '', d: false, e: [null, { g: 1 }], h: {} });
});
