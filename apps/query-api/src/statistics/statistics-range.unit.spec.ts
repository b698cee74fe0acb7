import { formatInstant } from '#libs/kernel';
import { ProblemException } from '#libs/platform';
import { orderStatisticsQuerySchema } from '#libs/orders/http';
import { statisticsRange } from './statistics-range.js';

const NOW = Date.parse('2026-03-15T10:20:30.400Z');

function rangeOf(query: Record<string, string>): string[] {
  const { from, to } = statisticsRange(orderStatisticsQuerySchema.parse(query), NOW);
  return [formatInstant(from), formatInstant(to)];
}

function problemOf(query: Record<string, string>): ProblemException {
  try {
    rangeOf(query);
  } catch (error) {
    return error as ProblemException;
  }
  throw new Error('there is no problem');
}

describe('the range of statistics', () => {
  it('is the last 30 days where nothing is said', () =>
    expect(rangeOf({})).toEqual(['2026-02-13T00:00:00.000Z', '2026-03-16T00:00:00.000Z']));

  it('is the last 24 hours where periods are hours', () =>
    expect(rangeOf({ by: 'hour' })).toEqual(['2026-03-14T10:00:00.000Z', '2026-03-15T11:00:00.000Z']));

  it('ends now where only its start is said', () =>
    expect(rangeOf({ from: '2026-03-14T23:30:00Z' })).toEqual([
      '2026-03-14T00:00:00.000Z',
      '2026-03-16T00:00:00.000Z',
    ]));

  it('has the usual length where only its end is said', () =>
    expect(rangeOf({ to: '2026-01-31T00:00:00Z' })).toEqual([
      '2026-01-01T00:00:00.000Z',
      '2026-01-31T00:00:00.000Z',
    ]));

  it('is widened to whole periods in UTC, wherever its times are told', () =>
    expect(rangeOf({ from: '2026-01-01T00:30:00+02:00', to: '2026-01-01T00:45:00+02:00' })).toEqual([
      '2025-12-31T00:00:00.000Z',
      '2026-01-01T00:00:00.000Z',
    ]));

  it('may have 1,000 periods', () =>
    expect(rangeOf({ by: 'hour', from: '2026-01-01T00:00:00Z', to: '2026-02-11T16:00:00Z' })).toEqual([
      '2026-01-01T00:00:00.000Z',
      '2026-02-11T16:00:00.000Z',
    ]));

  it('ends where times do', () => {
    expect(rangeOf({ from: '0001-01-01T00:00:00Z', to: '0001-01-01T01:00:00Z' })[0]).toBe(
      '0001-01-01T00:00:00.000Z',
    );
    expect(rangeOf({ to: '0001-01-01T00:00:00.001Z' })[0]).toBe('0001-01-01T00:00:00.000Z');
    expect(rangeOf({ to: '9999-12-31T23:59:59.999Z' })[1]).toBe('9999-12-31T23:59:59.999Z');
  });

  it.each([
    [
      'more',
      { by: 'hour', from: '2026-01-01T00:00:00Z', to: '2026-02-11T16:00:00.001Z' },
      /1000 periods, not 1001/,
    ],
    ['an end at its start', { from: '2026-01-01T00:00:00Z', to: '2026-01-01T00:00:00Z' }, /before to/],
    ['an end before its start', { from: '2026-01-02T00:00:00Z', to: '2026-01-01T00:00:00Z' }, /before to/],
    ['a start in the future', { from: '2026-03-15T10:20:31Z' }, /before now/],
  ])('may not have %s', (_, query, message) => {
    const { code, errors } = problemOf(query);
    expect([code, errors]).toEqual([
      'invalid-request',
      [{ pointer: '/from', detail: expect.stringMatching(message) }],
    ]);
  });
});
