import { columnDifferences } from './row-difference.js';
import { VerificationFailedError } from './verification-failed.js';

describe('a difference of two rows', () => {
  it('is named by column, and within JSON by member', () => {
    const expected = { id: '1', status: 'shipped', state: '{"items":[1],"status":"shipped"}' };
    const actual = { id: '1', status: null, state: '{"items":[1],"note":2,"status":"created"}' };
    expect(columnDifferences(expected, actual)).toEqual([
      { column: 'status', expected: 'shipped', actual: null },
      { column: 'state.status', expected: '"shipped"', actual: '"created"' },
      { column: 'state.note', expected: null, actual: '2' },
    ]);
  });

  it('is told to logs without its values', () => {
    const columns = [{ column: 'status', expected: 'secret', actual: 'secret too' }];
    const difference = { kind: 'different', table: 'order', key: { order_id: '17' }, columns } as const;
    const { message } = VerificationFailedError.of('build 2 of orders', [difference], 3);
    expect(message).toBe(
      'build 2 of orders: 3 rows differ from the log: order 17 is different in status; 2 more',
    );
  });
});
