import { MemoryPressure } from './memory-pressure.js';

describe('the pressure on memory', () => {
  let used = 0;
  let now = 0;
  const pressure = new MemoryPressure(
    () => ({ used_heap_size: used, heap_size_limit: 100 }),
    () => now,
  );
  const collectedWith = (live: number): void => {
    used = live;
    pressure.collected();
  };

  it('is high after a full collection that left nearly all of the heap in use', () => {
    collectedWith(90);
    expect(pressure.isHigh).toBe(false);
    collectedWith(91);
    expect(pressure.isHigh).toBe(true);
    collectedWith(89);
    expect(pressure.isHigh).toBe(false);
  });

  it('is over when no full collection was needed for a while', () => {
    collectedWith(99);
    now += 999;
    expect(pressure.isHigh).toBe(true);
    now += 1;
    expect(pressure.isHigh).toBe(false);
  });
});
