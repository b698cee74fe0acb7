import fc from 'fast-check';
import { itForAll } from './testing/for-all.js';
import {
  clampToInstant,
  EARLIEST_INSTANT,
  formatInstant,
  type Instant,
  LATEST_INSTANT,
  parseInstant,
} from './instant.js';

const instants = fc.integer({ min: EARLIEST_INSTANT, max: LATEST_INSTANT }).map((time) => time as Instant);
const two = (value: number): string => String(value).padStart(2, '0');

describe('an instant', () => {
  itForAll('round-trips through its text', [instants], (instant) =>
    expect(parseInstant(formatInstant(instant))).toBe(instant),
  );

  const offset = fc.record({ sign: fc.constantFrom(1, -1), hours: fc.nat(23), minutes: fc.nat(59) });
  itForAll(
    'is the same at every RFC 3339 offset',
    [instants, offset],
    (instant, { sign, hours, minutes }) => {
      const local = instant + sign * (hours * 60 + minutes) * 60_000;
      fc.pre(local >= EARLIEST_INSTANT && local <= LATEST_INSTANT);
      const text = formatInstant(local as Instant).replace(
        'Z',
        `${sign > 0 ? '+' : '-'}${two(hours)}:${two(minutes)}`,
      );
      expect(parseInstant(text)).toBe(instant);
    },
  );

  const text = fc.oneof(
    fc.string(),
    fc
      .tuple(fc.nat(9_999), fc.nat(14), fc.nat(33), fc.nat(25), fc.nat(61), fc.nat(59))
      .map(
        ([year, month, day, hour, minute, second]) =>
          `${String(year).padStart(4, '0')}-${two(month)}-${two(day)}T${two(hour)}:${two(minute)}:${two(second)}Z`,
      ),
  );
  itForAll('is parsed only from texts that Date.parse reads as the same time', [text], (given) => {
    const instant = parseInstant(given);
    if (instant !== undefined) expect(instant).toBe(Date.parse(given));
  });

  it.each([
    ['2026-01-31T12:00:00+18:00', '2026-01-30T18:00:00.000Z'],
    ['2026-01-31T12:00:00-23:59', '2026-02-01T11:59:00.000Z'],
    ['2026-01-31T12:00:00-00:00', '2026-01-31T12:00:00.000Z'],
    ['2026-01-31t12:00:00z', '2026-01-31T12:00:00.000Z'],
    ['2026-01-31T12:00:00.123456789Z', '2026-01-31T12:00:00.123Z'],
    ['2026-01-31T12:00:00.5Z', '2026-01-31T12:00:00.500Z'],
    ['1969-12-31T23:59:59.999Z', '1969-12-31T23:59:59.999Z'],
    ['0001-01-01T00:00:00Z', '0001-01-01T00:00:00.000Z'],
    ['9999-12-31T23:59:59.999Z', '9999-12-31T23:59:59.999Z'],
    ['2024-02-29T00:00:00Z', '2024-02-29T00:00:00.000Z'],
    ['2016-12-31T23:59:60Z', '2017-01-01T00:00:00.000Z'],
    ['2015-06-30T16:59:60.5-07:00', '2015-07-01T00:00:00.500Z'],
  ])('is in %s', (text, expected) => expect(formatInstant(parseInstant(text) as Instant)).toBe(expected));

  it.each([
    '',
    'now',
    '2026-01-31',
    '2026-01-31T12:00:00',
    '2026-01-31 12:00:00Z',
    '2026-01-31T12:00Z',
    '2026-01-31T24:00:00Z',
    '2026-01-31T12:00:00+24:00',
    '2026-01-31T12:00:00+1800',
    '2026-01-31T12:00:00.Z',
    '2026-01-31T12:00:60Z',
    '2026-01-30T23:59:60Z',
    '2026-02-29T00:00:00Z',
    '2026-04-31T00:00:00Z',
    '0000-12-31T00:00:00Z',
    '0001-01-01T00:00:00+00:01',
    '9999-12-31T23:59:59-00:01',
    '+275760-09-13T00:00:00Z',
    '-000001-01-01T00:00:00Z',
    '2026-01-31T12:00:00Z\0',
    ' 2026-01-31T12:00:00Z',
    '２０２６-01-31T12:00:00Z',
  ])('is not in %j', (text) => expect(parseInstant(text)).toBeUndefined());

  it('clamps times outside its range', () => {
    expect([-1e20, 5, 1e20].map(clampToInstant)).toEqual([EARLIEST_INSTANT, 5, LATEST_INSTANT]);
  });
});
