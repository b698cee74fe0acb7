import { HeldLanes } from './held-lanes.js';

const some = (count: number) => Array.from({ length: count }, (_, index) => `lane-${index}`);

describe('lanes that wait', () => {
  it('are all known, where there were none before', () => {
    const held = new HeldLanes(true);
    expect(held.beginQuestion()).toBe(false);
    held.add('a');
    held.saved(['a']);
    expect(held.beginQuestion()).toBe(false);
    expect([held.has('a'), held.has('b')]).toEqual([true, false]);
  });

  it('are asked for, where there may have been some before', () => {
    const held = new HeldLanes(false);
    expect(held.beginQuestion()).toBe(true);
    expect([held.has('a', new Set(['a'])), held.has('b', new Set(['a']))]).toEqual([true, false]);
  });

  it('are asked for, when there are too many to be kept in mind', () => {
    const held = new HeldLanes(true);
    for (const lane of some(1_001)) held.add(lane);
    held.saved(some(1_001));
    expect(held.beginQuestion()).toBe(true);
    // What the database knows it will tell: it need not be kept in mind.
    expect(held.has('lane-7')).toBe(false);
    expect(held.has('lane-7', new Set(some(1_001)))).toBe(true);
  });

  it('are kept in mind as long as the database does not know of them', () => {
    const held = new HeldLanes(false);
    held.add('a');
    held.beginQuestion();
    expect(held.has('a', new Set())).toBe(true);
    held.saved(['a']);
    expect(held.has('a', new Set())).toBe(true);
    held.beginQuestion();
    expect(held.has('a', new Set())).toBe(false);
  });

  it('are kept in mind when something more is held back in them after they were saved', () => {
    const held = new HeldLanes(false);
    held.add('a');
    held.saved(['a']);
    held.add('a');
    held.beginQuestion();
    expect(held.has('a', new Set())).toBe(true);
  });

  it('go when nothing is in them any more', () => {
    const held = new HeldLanes(true);
    held.add('a');
    expect(held.release('a', held.lastOf('a'))).toBe(true);
    expect(held.has('a')).toBe(false);
    expect(held.release('never there', undefined)).toBe(true);
  });

  it('do not go when something came after the look that found them empty', () => {
    const held = new HeldLanes(true);
    held.add('a');
    const last = held.lastOf('a');
    held.add('a');
    held.saved(['a']);
    expect(held.release('a', last)).toBe(false);
    expect(held.has('a')).toBe(true);
  });
});
