import fc from 'fast-check';
import { defaultMemoryMb, LEAST_MEMORY_MB, memoryPlan, mostMemoryOf, nodeOptions } from './memory-plan.js';

const MB = 1_048_576;
const megabytes = fc.integer({ min: LEAST_MEMORY_MB, max: 1_000_000 });

describe('the plan for the memory of a process', () => {
  it('stays within the bound with all parts full', () => {
    fc.assert(
      fc.property(megabytes, (memoryMb) => {
        expect(mostMemoryOf(memoryPlan(memoryMb))).toBeLessThanOrEqual(memoryMb * MB);
      }),
    );
  });

  it('gives every part something, and no part less for more memory', () => {
    fc.assert(
      fc.property(megabytes, fc.integer({ min: 1, max: 1_000 }), (memoryMb, more) => {
        const [lean, rich] = [memoryPlan(memoryMb), memoryPlan(memoryMb + more)];
        for (const [name, bytes] of Object.entries(lean)) {
          expect(bytes).toBeGreaterThan(1 * MB);
          expect(rich[name as keyof typeof rich]).toBeGreaterThanOrEqual(bytes);
        }
      }),
    );
  });

  it('gives V8 a heap that fits into the bound beside the program', () => {
    fc.assert(
      fc.property(megabytes, (memoryMb) => {
        const { oldSpaceBytes, semiSpaceBytes } = memoryPlan(memoryMb);
        expect(oldSpaceBytes + 3 * semiSpaceBytes).toBeLessThan((memoryMb - 100) * MB);
      }),
    );
    expect(nodeOptions(memoryPlan(512))).toEqual(['--max-semi-space-size=16', '--max-old-space-size=291']);
  });

  it('takes no more of a container or a machine than it can spare', () => {
    expect([0, 100, 500, 1_000, 64_000].map((limitMb) => defaultMemoryMb(limitMb * MB))).toEqual([
      768, 320, 375, 750, 768,
    ]);
  });
});
