import type { Sample } from './probe.js';
import { driftsOf, isCalm, windowsOf } from './windows.js';

const sampleAt = (at: number, changes: Partial<Sample> = {}): Sample => ({
  at,
  commandMs: 10,
  queryMs: 10,
  webhookMs: 50,
  residentMib: 400,
  heapMib: 200,
  fileDescriptors: 80,
  activeResources: 60,
  cpuSeconds: at / 2_000,
  ...changes,
});

const course = (change: (at: number) => Partial<Sample> = () => ({})) => ({
  from: 0,
  until: 600_000,
  samples: Array.from({ length: 600 }, (_, second) => sampleAt(second * 1_000, change(second * 1_000))),
  interruptions: [{ kind: 'kill-broker', at: 100_000, until: 104_000 }],
});

const drifts = (change: (at: number) => Partial<Sample>) => driftsOf(windowsOf(course(change), 12));

describe('a long run', () => {
  it('is told by windows', () => {
    const windows = windowsOf(course(), 12);
    expect(windows).toHaveLength(12);
    expect(windows[2]).toMatchObject({ fromMinute: 100 / 60, faults: 1, residentMib: 400, cpu: 0.5 });
    expect(windows[2]?.calmSamples).toBeLessThan(50);
    expect(windows[3]?.calmSamples).toBe(50);
  });

  it('is flat if nothing grows after its first third', () => {
    expect(drifts((at) => ({ heapMib: Math.min(200, 50 + at / 1_000) }))).toEqual([]);
  });

  it.each<[string, (at: number) => Partial<Sample>]>([
    ['resident memory', (at) => ({ residentMib: 300 + at / 2_000 })],
    ['heap', (at) => ({ heapMib: 100 + at / 5_000 })],
    ['file descriptors', (at) => ({ fileDescriptors: 60 + Math.floor(at / 10_000) })],
    ['active resources', (at) => ({ activeResources: 60 + Math.floor(at / 10_000) })],
    ['commands', (at) => ({ commandMs: 10 + at / 6_000 })],
    ['queries', (at) => ({ queryMs: 10 + at / 6_000 })],
    ['webhooks', (at) => ({ webhookMs: at / 1_000 })],
  ])('tells when its %s grow', (name, change) => {
    expect(drifts(change)).toEqual([expect.stringContaining(name)]);
  });

  it('is judged by the windows that had calm moments', () => {
    const { samples, ...rest } = course((at) => ({ commandMs: at < 400_000 ? 10 : 50 }));
    const faults = [{ kind: 'kill-broker', at: 200_000, until: 340_000 }];
    expect(driftsOf(windowsOf({ ...rest, samples, interruptions: faults }, 12))).toEqual([
      expect.stringContaining('commands'),
    ]);
  });

  it('leaves out latencies while a fault is near', () => {
    const { interruptions } = course();
    const calm = [97_000, 99_000, 102_000, 110_000, 120_000].map((at) => isCalm(at, interruptions));
    expect(calm).toEqual([true, false, false, false, true]);
  });
});
