import { BlockedLanes } from './blocked-lanes.js';

const some = (count: number) => Array.from({ length: count }, (_, index) => `lane-${index}`);

describe('blocked lanes', () => {
  it('are all known if there were none before', () => {
    const blocked = new BlockedLanes(true);
    expect(blocked.beginQuestion()).toBe(false);
    blocked.add('a');
    blocked.saved(['a']);
    expect(blocked.beginQuestion()).toBe(false);
    expect([blocked.has('a'), blocked.has('b')]).toEqual([true, false]);
  });

  it('are looked up if there may have been some before', () => {
    const blocked = new BlockedLanes(false);
    expect(blocked.beginQuestion()).toBe(true);
    expect([blocked.has('a', new Set(['a'])), blocked.has('b', new Set(['a']))]).toEqual([true, false]);
  });

  it('are looked up when there are too many to keep in memory', () => {
    const blocked = new BlockedLanes(true);
    for (const lane of some(1_001)) blocked.add(lane);
    blocked.saved(some(1_001));
    expect(blocked.beginQuestion()).toBe(true);
    // The database answers for the lanes that it knows, so they need not stay in memory.
    expect(blocked.has('lane-7')).toBe(false);
    expect(blocked.has('lane-7', new Set(some(1_001)))).toBe(true);
  });

  it('stay known until the database knows of them', () => {
    const blocked = new BlockedLanes(false);
    blocked.add('a');
    blocked.beginQuestion();
    expect(blocked.has('a', new Set())).toBe(true);
    blocked.saved(['a']);
    expect(blocked.has('a', new Set())).toBe(true);
    blocked.beginQuestion();
    expect(blocked.has('a', new Set())).toBe(false);
  });

  it('stay known when another delivery is parked after a save', () => {
    const blocked = new BlockedLanes(false);
    blocked.add('a');
    blocked.saved(['a']);
    blocked.add('a');
    blocked.beginQuestion();
    expect(blocked.has('a', new Set())).toBe(true);
  });

  it('disappear when they are empty', () => {
    const blocked = new BlockedLanes(true);
    blocked.add('a');
    expect(blocked.release('a', blocked.lastOf('a'))).toBe(true);
    expect(blocked.has('a')).toBe(false);
    expect(blocked.release('never there', undefined)).toBe(true);
  });

  it('stay when a delivery is parked after the lookup that found them empty', () => {
    const blocked = new BlockedLanes(true);
    blocked.add('a');
    const last = blocked.lastOf('a');
    blocked.add('a');
    blocked.saved(['a']);
    expect(blocked.release('a', last)).toBe(false);
    expect(blocked.has('a')).toBe(true);
  });
});
