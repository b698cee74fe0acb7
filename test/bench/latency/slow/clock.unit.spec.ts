import { idInTraceparent, isTracedId, newTracedId, now, tracedIdsIn } from './clock.mjs';

describe('ids of traced requests', () => {
  it('differ, and are trace ids', () => {
    const [one, other] = [newTracedId(), newTracedId()];
    expect(one).not.toBe(other);
    for (const id of [one, other]) expect(id).toMatch(/^[0-9a-f]{32}$/);
  });

  it('are told from other ids', () => {
    expect(isTracedId(newTracedId())).toBe(true);
    for (const id of [undefined, '', newTracedId().slice(1), '0'.repeat(32)])
      expect(isTracedId(id)).toBe(false);
  });

  it('are found in bytes, wherever they are', () => {
    const [one, other] = [newTracedId(), newTracedId()];
    expect(tracedIdsIn(Buffer.from(`\0${one}ä${other}${one}`))).toEqual([one, other, one]);
    expect(tracedIdsIn(Buffer.from('nothing'))).toEqual([]);
  });

  it('are found in a traceparent', () => {
    const id = newTracedId();
    expect(idInTraceparent(`00-${id}-0123456789abcdef-01`)).toBe(id);
    expect(isTracedId(idInTraceparent(undefined))).toBe(false);
  });
});

test('the clock is the one that all processes of the machine have', () => {
  const before = Number(process.hrtime.bigint()) / 1e6;
  const read = now();
  const after = Number(process.hrtime.bigint()) / 1e6;
  expect(read).toBeGreaterThan(before - 1);
  expect(read).toBeLessThan(after + 1);
});
