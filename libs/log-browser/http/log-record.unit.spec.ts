import { EventDecodingError, type LoggedEvent } from '#libs/contracts';
import type { WholeRecord } from '#libs/kafka';
import { someOrderEvent } from '#libs/orders/testing';
import { logRecordDocument } from './log-record.schemas.js';

const AT = { topic: 'orders', partition: 3 };
const record = (given: Partial<WholeRecord> = {}): WholeRecord => ({
  offset: 17,
  timestamp: Date.UTC(2026, 0, 1),
  key: Buffer.from('key'),
  value: Buffer.alloc(10),
  headers: [],
  isControlRecord: false,
  marks: { source: undefined, type: undefined },
  ...given,
});
const event = (value: Buffer): LoggedEvent => ({
  ...someOrderEvent('0197a2f0-0000-7000-8000-000000000001', 1),
  position: { ...AT, offset: 17 },
  value,
});

describe('a record for people', () => {
  it('is an event as clients see it', () => {
    const { event: shown, ...rest } = logRecordDocument(AT, record(), event(Buffer.alloc(10)));
    expect(rest).toEqual({
      position: 'orders/3@17',
      offset: 17,
      time: '2026-01-01T00:00:00.000Z',
      kind: 'event',
      key: 'key',
      headers: [],
      bytes: 10,
    });
    expect(shown).toMatchObject({ eventType: 'order.created', data: { currency: 'EUR' } });
  });

  it('leaves out a large event, and says where it is', () => {
    const value = Buffer.alloc(262_145);
    const shown = logRecordDocument(AT, record({ value }), event(value));
    expect(shown).toMatchObject({ bytes: 262_145, download: '/v1/operations/log/orders/3/17' });
    expect(shown.event).toBeUndefined();
    expect(logRecordDocument(AT, record({ value }), event(value), true).event).toBeDefined();
  });

  it('shows the first KiB of what cannot be read, and why', () => {
    const value = Buffer.alloc(5_000, 7);
    const shown = logRecordDocument(
      AT,
      record({ value }),
      new EventDecodingError({ ...AT, offset: 17 }, 'not Avro'),
    );
    expect(shown).toMatchObject({ kind: 'unreadable', error: expect.stringContaining('not Avro') });
    expect(Buffer.from(shown.raw!, 'base64')).toEqual(value.subarray(0, 1_024));
    expect(shown.download).toBeDefined();
  });

  it.each([
    ['fence', { key: null, value: null }],
    ['control', { isControlRecord: true }],
    ['foreign', {}],
  ])('may be a %s', (kind, given) => {
    const shown = logRecordDocument(AT, record(given), undefined);
    expect([shown.kind, shown.raw === undefined]).toEqual([kind, kind !== 'foreign']);
  });

  it('cuts long keys and headers', () => {
    const headers = Array.from({ length: 100 }, (_, n) => [`h${n}`, 'x'.repeat(5_000)] as const);
    const shown = logRecordDocument(AT, record({ headers, key: Buffer.alloc(5_000, 'k') }), undefined);
    expect([shown.headers.length, shown.headers[0]!.value.length, shown.key!.length]).toEqual([
      64, 1_024, 1_024,
    ]);
  });
});
