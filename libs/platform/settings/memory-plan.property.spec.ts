import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import {
  defaultMemoryMb,
  heapBytes,
  LEAST_MEMORY_MB,
  memoryPlan,
  mostMemoryOf,
  nodeOptions,
} from './memory-plan.js';

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

  it('gives every part something, and no part less with twice the memory', () => {
    fc.assert(
      fc.property(megabytes, (memoryMb) => {
        const [lean, rich] = [memoryPlan(memoryMb), memoryPlan(2 * memoryMb)];
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
    // The program prints the limit that V8 makes of it.
    const print = 'process.stdout.write(String(require("node:v8").getHeapStatistics().heap_size_limit))';
    for (const plan of [320, 512, 768, 3_000].map(memoryPlan))
      expect(Number(execFileSync(process.execPath, [...nodeOptions(plan), '-e', print]))).toBe(
        heapBytes(plan),
      );
    expect(nodeOptions(memoryPlan(512))).toEqual(['--max-semi-space-size=16', '--max-old-space-size=309']);
  });

  it('takes no more of a container or a machine than it can spare', () => {
    expect([0, 100, 500, 1_000, 64_000].map((limitMb) => defaultMemoryMb(limitMb * MB))).toEqual([
      768, 320, 375, 750, 768,
    ]);
  });
});
