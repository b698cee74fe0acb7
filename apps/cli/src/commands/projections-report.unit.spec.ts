import { type ProjectionStatus, withLag } from '#libs/projections/postgres';
import { projectionsReport } from './projections-report.js';

const status = (partition: number, nextOffset: number, more: Partial<ProjectionStatus> = {}) => ({
  projection: 'orders',
  version: 1,
  build: 1,
  live: true,
  topic: 'orders',
  partition,
  nextOffset,
  fault: undefined,
  stoppedAt: null,
  ...more,
});
const ends = [0, 1].map((partition) => ({ topic: 'orders', partition, offset: 9 }));

describe('the report of the projections', () => {
  it('takes one line for a build that has read everything', () => {
    expect(projectionsReport(withLag([status(0, 9), status(1, 9)], ends))).toEqual([
      'orders v1, orders: 2 partitions, lag 0',
    ]);
  });

  it('names each partition that lags or has stopped', () => {
    const fault = { offset: 7, reason: 'no' };
    expect(projectionsReport(withLag([status(0, 5), status(1, 7, { fault })], ends))).toEqual([
      'orders v1, orders: 2 partitions, lag 6, 1 stopped',
      '  orders/0: next offset 5, lag 4',
      '  orders/1: stopped at orders/1@7: no (lag 2)',
    ]);
  });

  it('tells builds apart', () => {
    const statuses = [status(0, 9), status(0, 0, { version: 2, live: false }), status(1, 9, { version: 0 })];
    expect(projectionsReport(withLag(statuses, ends))).toEqual([
      'orders v1, orders: 1 partition, lag 0',
      'orders v2 (being built), orders: 1 partition, lag 9',
      '  orders/0: next offset 0, lag 9',
      'orders (rebuild requested), orders: 1 partition, lag 0',
    ]);
  });

  it('says that the lag is unknown while Kafka does not answer', () => {
    expect(projectionsReport(withLag([status(0, 5)], undefined))).toEqual([
      'orders v1, orders: 1 partition, lag unknown',
    ]);
  });
});
