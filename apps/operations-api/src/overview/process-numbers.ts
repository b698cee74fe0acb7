import { register } from 'prom-client';
import { APPEND_SECONDS, STREAMS_CREATED, WRITER_STREAMS } from '#libs/commands';
import { addBuckets, type BucketCounts } from '#libs/operations/core';

/** What one process has counted since its start, as it tells the others. */
export interface ProcessNumbers {
  /** Whether it takes commands: only then the rest means anything. */
  readonly takesCommands: boolean;
  readonly orders: number;
  /** Upper bounds in seconds with the appends up to them; the last bound is `null`, which JSON has for the infinite one. */
  readonly appends: readonly (readonly [number | null, number])[];
}

/** The numbers of several processes together. */
export interface SummedNumbers {
  readonly orders: number;
  readonly appends: BucketCounts;
}

interface MetricValue {
  readonly value: number;
  readonly labels: Readonly<Partial<Record<string, string | number>>>;
  readonly metricName?: string;
}

async function valuesOf(name: string): Promise<readonly MetricValue[]> {
  const metric = await register.getSingleMetric(name)?.get();
  return metric?.values ?? [];
}

export async function ownNumbers(): Promise<ProcessNumbers> {
  const [created, appends, streams] = await Promise.all([
    valuesOf(STREAMS_CREATED),
    valuesOf(APPEND_SECONDS),
    valuesOf(WRITER_STREAMS),
  ]);
  return {
    takesCommands: streams.length > 0,
    orders: created.find(({ labels }) => labels['topic'] === 'orders')?.value ?? 0,
    appends: appends
      .filter(({ metricName }) => metricName?.endsWith('_bucket'))
      .map(({ value, labels: { le } }) => [le === '+Inf' ? null : Number(le), value]),
  };
}

/** `undefined` if none of the processes takes commands. */
export function summedNumbers(all: readonly ProcessNumbers[]): SummedNumbers | undefined {
  const taking = all.filter(({ takesCommands }) => takesCommands);
  if (taking.length === 0) return undefined;
  return {
    orders: taking.reduce((sum, { orders }) => sum + orders, 0),
    appends: addBuckets(
      taking.map(({ appends }) => new Map(appends.map(([bound, count]) => [bound ?? Infinity, count]))),
    ),
  };
}
