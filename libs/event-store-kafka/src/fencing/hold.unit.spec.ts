import { Hold } from './hold.js';

describe('the hold of a claim', () => {
  const clocks = { wall: 1_000_000, monotonic: 500 };
  const hold = new Hold(
    () => clocks.wall,
    () => clocks.monotonic,
  );
  beforeEach(() => {
    Object.assign(clocks, { wall: 1_000_000, monotonic: 500 });
    hold.renew(hold.now(), 1_000);
  });

  it('is due after a quarter of what the brokers remember, and gone after half', () => {
    expect([hold.renewalDue, hold.lapsed]).toEqual([false, false]);
    clocks.monotonic += 251;
    expect([hold.renewalDue, hold.lapsed]).toEqual([true, false]);
    clocks.monotonic += 250;
    expect([hold.renewalDue, hold.lapsed]).toEqual([true, true]);
    hold.renew(hold.now());
    expect([hold.renewalDue, hold.lapsed]).toEqual([false, false]);
  });

  it('goes by the wall clock too, which runs while a machine sleeps', () => {
    clocks.wall += 501;
    expect(hold.lapsed).toBe(true);
  });

  it('is not prolonged by a wall clock that is set back', () => {
    clocks.wall -= 1_000_000;
    clocks.monotonic += 501;
    expect(hold.lapsed).toBe(true);
  });
});
