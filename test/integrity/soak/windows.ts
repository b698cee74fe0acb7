import { percentile, spreadOf } from '../../bench/report/statistics.js';
import type { Interruption } from '../fault-schedule.js';
import type { Sample } from './probe.js';

/** What some minutes of a run were like. Latencies are those without a fault nearby. */
export interface Window {
  readonly fromMinute: number;
  readonly faults: number;
  readonly calmSamples: number;
  readonly commandMs: Latency;
  readonly queryMs: Latency;
  readonly webhookMs: Latency;
  readonly residentMib: number;
  /** Right after collections: the least of the window. */
  readonly heapMib: number;
  readonly fileDescriptors: number;
  readonly activeResources: number;
  /** Share of one core. */
  readonly cpu: number;
}

interface Latency {
  readonly median: number;
  readonly p99: number;
}

export interface Course {
  /** By the clock of {@link performance}. */
  readonly from: number;
  readonly until: number;
  readonly samples: readonly Sample[];
  readonly interruptions: readonly Interruption[];
}

/** A consumer comes back within this time after a fault has ended, and has caught up. */
const RECOVERY_MS = 15_000;
/** A request may have begun before the fault that it met. */
const BEFORE_MS = 2_000;
const MINUTE_MS = 60_000;

/** Whether no fault can have touched what began at that time. */
export function isCalm(at: number, interruptions: readonly Interruption[]): boolean {
  return interruptions.every((each) => at < each.at - BEFORE_MS || at > each.until + RECOVERY_MS);
}

/** @param count of windows of the same length */
export function windowsOf({ from, until, samples, interruptions }: Course, count: number): Window[] {
  const lengthMs = (until - from) / count;
  return Array.from({ length: count }, (_, index) => {
    const start = from + index * lengthMs;
    const isWithin = ({ at }: { readonly at: number }): boolean => at >= start && at < start + lengthMs;
    const some = samples.filter(isWithin);
    const calm = some.filter(({ at }) => isCalm(at, interruptions));
    const median = (name: keyof Sample): number =>
      spreadOf(some.map((sample) => sample[name]))?.median ?? Number.NaN;
    return {
      fromMinute: (start - from) / MINUTE_MS,
      faults: interruptions.filter(isWithin).length,
      calmSamples: calm.length,
      commandMs: latencyOf(calm.map(({ commandMs }) => commandMs)),
      queryMs: latencyOf(calm.map(({ queryMs }) => queryMs)),
      webhookMs: latencyOf(calm.map(({ webhookMs }) => webhookMs)),
      residentMib: median('residentMib'),
      heapMib: Math.min(...some.map(({ heapMib }) => heapMib)),
      fileDescriptors: median('fileDescriptors'),
      activeResources: median('activeResources'),
      cpu: cpuOf(some),
    };
  });
}

function latencyOf(values: readonly number[]): Latency {
  const sorted = values.toSorted((a, b) => a - b);
  return { median: percentile(sorted, 0.5), p99: percentile(sorted, 0.99) };
}

function cpuOf(samples: readonly Sample[]): number {
  const [first, last] = [samples[0], samples.at(-1)];
  if (!first || !last || first === last) return Number.NaN;
  return (last.cpuSeconds - first.cpuSeconds) / ((last.at - first.at) / 1_000);
}

/** Most that the last third may have more than the second. The first third fills the caches. */
const MOST_GROWTH = { memory: 1.1, handles: 1.1, latency: 1.5 };
/** Below this, a ratio says nothing. */
const LEAST_DIFFERENCE_MS = 10;

/** What has grown, in sentences; none if all is flat. */
export function driftsOf(windows: readonly Window[]): string[] {
  const third = Math.floor(windows.length / 3);
  const drift = (name: string, of: (window: Window) => number, most: number, least = 0): string[] => {
    const mean = (some: readonly Window[]): number => {
      // A window may have had no moment without a fault nearby.
      const known = some.map(of).filter((value) => !Number.isNaN(value));
      return known.reduce((sum, value) => sum + value, 0) / known.length;
    };
    const [second, last] = [mean(windows.slice(third, -third)), mean(windows.slice(-third))];
    if (!(last > second * most) || last - second < least) return [];
    return [`${name} went from ${second.toFixed(1)} in the second third to ${last.toFixed(1)} in the last`];
  };
  const { memory, handles, latency } = MOST_GROWTH;
  return [
    ...drift('resident memory (MiB)', ({ residentMib }) => residentMib, memory),
    ...drift('heap after collections (MiB)', ({ heapMib }) => heapMib, memory),
    ...drift('file descriptors', ({ fileDescriptors }) => fileDescriptors, handles),
    ...drift('active resources', ({ activeResources }) => activeResources, handles),
    ...drift('median of commands (ms)', ({ commandMs }) => commandMs.median, latency, LEAST_DIFFERENCE_MS),
    ...drift('median of queries (ms)', ({ queryMs }) => queryMs.median, latency, LEAST_DIFFERENCE_MS),
    ...drift('median of webhooks (ms)', ({ webhookMs }) => webhookMs.median, latency, LEAST_DIFFERENCE_MS),
  ];
}

/** A table in Markdown. */
export function tableOf(windows: readonly Window[]): string[] {
  const latency = ({ median, p99 }: Latency): string => `${median.toFixed(0)} / ${p99.toFixed(0)}`;
  const row = (cells: readonly (string | number)[]): string => `| ${cells.join(' | ')} |`;
  const heads = [
    'minute',
    'faults',
    'command, ms (median / p99)',
    'query, ms',
    'webhook, ms',
    'resident, MiB',
    'heap, MiB',
    'file descriptors',
    'active resources',
    'CPU, cores',
  ];
  return [
    row(heads),
    row(heads.map(() => '---:')),
    ...windows.map((window) =>
      row([
        window.fromMinute.toFixed(0),
        window.faults,
        latency(window.commandMs),
        latency(window.queryMs),
        latency(window.webhookMs),
        window.residentMib.toFixed(0),
        window.heapMib.toFixed(0),
        window.fileDescriptors.toFixed(0),
        window.activeResources.toFixed(0),
        window.cpu.toFixed(2),
      ]),
    ),
  ];
}
