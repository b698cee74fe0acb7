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

  it('is due for renewal after a quarter of the expiration time, and expired after half', () => {
    expect([lease.renewalDue, lease.expired]).toEqual([false, false]);
    clocks.monotonic += 251;
    expect([lease.renewalDue, lease.expired]).toEqual([true, false]);
    clocks.monotonic += 250;
    expect([lease.renewalDue, lease.expired]).toEqual([true, true]);
    lease.renew(lease.now());
    expect([lease.renewalDue, lease.expired]).toEqual([false, false]);
  });

  it('also uses the wall clock, which runs while a machine is suspended', () => {
    clocks.wall += 501;
    expect(lease.expired).toBe(true);
  });

  it('is not extended by setting the wall clock back', () => {
    clocks.wall -= 1_000_000;
    clocks.monotonic += 501;
    expect(lease.expired).toBe(true);
  });
});
