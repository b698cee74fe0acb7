import { ProducerLease } from './producer-lease.js';

describe('a producer lease', () => {
  const clocks = { wall: 1_000_000, monotonic: 500 };
  const lease = new ProducerLease(
    () => clocks.wall,
    () => clocks.monotonic,
  );
  beforeEach(() => {
    Object.assign(clocks, { wall: 1_000_000, monotonic: 500 });
    lease.renew(lease.now(), 1_000);
  });

  it('is due after a quarter of what the brokers remember, and gone after half', () => {
    expect([lease.renewalDue, lease.expired]).toEqual([false, false]);
    clocks.monotonic += 251;
    expect([lease.renewalDue, lease.expired]).toEqual([true, false]);
    clocks.monotonic += 250;
    expect([lease.renewalDue, lease.expired]).toEqual([true, true]);
    lease.renew(lease.now());
    expect([lease.renewalDue, lease.expired]).toEqual([false, false]);
  });

  it('goes by the wall clock too, which runs while a machine sleeps', () => {
    clocks.wall += 501;
    expect(lease.expired).toBe(true);
  });

  it('is not prolonged by a wall clock that is set back', () => {
    clocks.wall -= 1_000_000;
    clocks.monotonic += 501;
    expect(lease.expired).toBe(true);
  });
});
