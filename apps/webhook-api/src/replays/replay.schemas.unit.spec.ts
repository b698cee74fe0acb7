import { createReplaySchema } from './replay.schemas.js';

const isAccepted = (body: object): boolean => createReplaySchema.safeParse(body).success;

describe('a request for a replay', () => {
  it.each<[string, object]>([
    ['all', { from: 'beginning' }],
    ['a time', { from: { time: '2026-01-31T12:00:00Z' }, to: { time: '2026-02-01T00:00:00+01:00' } }],
    ['positions', { from: { positions: ['orders/3@17'] }, to: { positions: ['orders/3@20'] } }],
    [
      'some types, elsewhere',
      { from: 'beginning', to: 'now', eventTypes: ['order.*'], callbackUrl: 'https://a.example' },
    ],
  ])('can be for %s', (_, body) => expect(isAccepted(body)).toBe(true));

  it('ends now by default', () => {
    expect(createReplaySchema.parse({ from: 'beginning' })).toEqual({ from: 'beginning', to: 'now' });
  });

  it.each<[string, object]>([
    ['a beginning', {}],
    ['a beginning that is not now', { from: 'now' }],
    ['an end that is not the beginning', { from: 'beginning', to: 'beginning' }],
    ['a single start', { from: { time: '2026-01-31T12:00:00Z', positions: ['orders/3@17'] } }],
    ['a real time', { from: { time: 'yesterday' } }],
    ['at least one position', { from: { positions: [] } }],
    ['known event types', { from: 'beginning', eventTypes: ['nothing.happened'] }],
    ['at least one event type', { from: 'beginning', eventTypes: [] }],
    ['known fields only', { from: 'beginning', rate: 5 }],
  ])('needs %s', (_, body) => expect(isAccepted(body)).toBe(false));
});
