import { type Lane, Lanes } from './lanes.js';

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
