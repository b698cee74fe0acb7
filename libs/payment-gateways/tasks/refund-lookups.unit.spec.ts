import { Logger } from '@nestjs/common';
import { register } from 'prom-client';
import { someRequest } from '#libs/event-store/testing';
import { deferred, until } from '#libs/kernel/testing';
import { StoppedClock } from './payment-tasks.fixture.js';
import { type AskedRefund, RefundLookups } from './refund-lookups.js';

const CAPACITY = 5_000;

let clock: StoppedClock;
let lookups: RefundLookups;
/** Ids of the refunds that were looked up. */
let looks: string[];
let answer: (refundId: string) => Promise<boolean>;
beforeAll(() => Logger.overrideLogger(false));
beforeEach(() => {
  clock = new StoppedClock();
  looks = [];
  answer = () => Promise.resolve(false);
  const record = ({ check }: AskedRefund) => {
    looks.push(check.command.refundId);
    return answer(check.command.refundId);
  };
  lookups = new RefundLookups(record, { clock, random: () => 0 });
});
afterEach(() => lookups.stop());

const add = (refundId: string, orderId = `order of ${refundId}`) =>
  lookups.add({
    check: someRequest(orderId, { type: 'check-refund', orderId, refundId, amount: null } as const),
    reason: null,
  });

/** Lets all lookups have their turn, and those that go on begin their next pause. */
async function elapse(): Promise<void> {
  clock.elapse();
  for (let turns = 0; turns < 3; turns++) await new Promise(setImmediate);
}

const droppedSoFar = async (): Promise<number> => {
  const metric = await register.getSingleMetric('orderstream_refund_lookups_dropped_total')?.get();
  return metric?.values[0]?.value ?? 0;
};

describe('the lookups of refunds with an unknown outcome', () => {
  it('come at growing intervals while the gateway is away', async () => {
    answer = () => Promise.reject(new Error('away'));
    add('r-1');
    for (let looked = 1; looked <= 10; looked++) await elapse();
    expect(looks).toHaveLength(10);
    expect(clock.pauses).toEqual([
      500, 1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000, 60_000, 60_000,
    ]);
  });

  it('end when the refund is recorded', async () => {
    add('r-1');
    await elapse();
    answer = () => Promise.resolve(true);
    await elapse();
    expect([looks, clock.sleepers]).toEqual([['r-1', 'r-1'], 0]);
  });

  it('end when the gateway has answered some times that it has none', async () => {
    add('r-1');
    for (let looked = 0; looked < 8; looked++) await elapse();
    expect([looks.length, clock.sleepers]).toEqual([8, 0]);
  });

  it('start anew when the outcome is unknown again', async () => {
    add('r-1');
    for (let looked = 0; looked < 7; looked++) await elapse();
    add('r-1');
    for (let looked = 0; looked < 7; looked++) await elapse();
    expect([looks.length, clock.sleepers]).toEqual([14, 1]);
  });

  it('of one order run one at a time', async () => {
    const { promise, resolve } = deferred();
    answer = () => promise.then(() => true);
    add('r-1', 'order');
    add('r-2', 'order');
    add('r-3', 'another order');
    await elapse();
    await elapse();
    expect(looks.toSorted()).toEqual(['r-1', 'r-3']);
    resolve();
    await elapse();
    await elapse();
    expect(looks.toSorted()).toEqual(['r-1', 'r-2', 'r-3']);
  });

  it('are bounded in number: the oldest is dropped, and counted', async () => {
    const before = await droppedSoFar();
    for (let number = 0; number <= CAPACITY; number++) add(`r-${number}`);
    await until(() => clock.sleepers === CAPACITY);
    expect((await droppedSoFar()) - before).toBe(1);
    clock.elapse();
    await until(() => looks.length >= CAPACITY);
    expect(looks).not.toContain('r-0');
    expect(looks).toContain(`r-${CAPACITY}`);
  });

  it('end with the process', async () => {
    add('r-1');
    lookups.stop();
    add('r-2');
    await elapse();
    expect([looks, clock.sleepers]).toEqual([[], 0]);
  });
});
