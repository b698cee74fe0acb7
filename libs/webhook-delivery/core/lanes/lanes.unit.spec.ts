import { BlockedLanes, type Lane, Lanes } from './lanes.js';

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('lanes', () => {
  it('process one item at a time in order within a lane, and lanes in parallel', async () => {
    const served: string[] = [];
    const waiting = new Map<string, () => void>();
    const lanes = new Lanes<string>(
      async (lane) => {
        const item = lane.queue[0]!;
        await new Promise<void>((resolve) => waiting.set(item, resolve));
        served.push(item);
        return 1;
      },
      () => {},
      (error) => {
        throw error;
      },
    );
    for (const item of ['a1', 'a2', 'b1', 'b2']) lanes.add(item[0]!, item);
    expect([...waiting.keys()]).toEqual(['a1', 'b1']);
    waiting.get('b1')!();
    await turn();
    waiting.get('b2')!();
    await turn();
    expect(served).toEqual(['b1', 'b2']);
    expect(lanes.queued).toBe(2);
    waiting.get('a1')!();
    await turn();
    waiting.get('a2')!();
    await lanes.idle();
    expect(served).toEqual(['b1', 'b2', 'a1', 'a2']);
    expect(lanes.has('a')).toBe(false);
    expect(lanes.queued).toBe(0);
  });

  it('let one call take several items, and return the remaining ones when stopped', async () => {
    const seen: string[][] = [];
    const lanes = new Lanes<string>(
      async (lane: Lane<string>) => {
        await turn();
        seen.push([...lane.queue]);
        return seen.length === 1 ? 2 : 0;
      },
      () => {},
      (error) => {
        throw error;
      },
    );
    for (const item of ['a1', 'a2', 'a3']) lanes.add('a', item);
    await lanes.idle();
    expect(seen).toEqual([['a1', 'a2', 'a3'], ['a3']]);
  });

  it('report a fault and stop', async () => {
    const faults: string[] = [];
    const lanes = new Lanes<string>(
      async () => {
        throw new TypeError('broken');
      },
      () => {},
      (error) => faults.push(error.message),
    );
    lanes.add('a', 'a1');
    await lanes.idle();
    expect(faults).toEqual(['broken']);
  });
});

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
