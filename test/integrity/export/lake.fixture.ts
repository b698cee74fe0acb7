import fc from 'fast-check';
import { join } from 'node:path';
import { EVENT_CONTRACTS } from '#libs/contracts';
import { runExport } from '#libs/export/duckdb';
import { anyEvent, LogOfEvents, type SomeEvent } from '#libs/export/testing';
import { systemClock } from '#libs/kernel';

const ORDERS = 7;
const TOTAL = 1_250;
/** The sum of the totals of all orders in it. */
export const LAKE_TOTAL = ORDERS * TOTAL;

/** Some events of every type. */
export function eventsOfAllTypes(): SomeEvent[] {
  return EVENT_CONTRACTS.flatMap((contract) =>
    fc.sample(anyEvent(contract), { numRuns: ORDERS, seed: 2 }),
  ).map(({ type, data, metadata }) => ({
    type,
    data: type === 'order.created' ? { ...data, total: TOTAL, currency: 'EUR' } : data,
    metadata: { ...metadata, occurredAt: '2026-01-31T12:00:00.000Z' },
  }));
}

/** Exports a log of all types. @returns the folder, which is called `lake` as in docs/export.md */
export async function exportedLake(directory: string): Promise<string> {
  const log = new LogOfEvents();
  log.append(eventsOfAllTypes());
  const folder = join(directory, 'lake');
  const topics = [...new Set(EVENT_CONTRACTS.map(({ topic }) => topic))];
  await runExport(
    { topics, format: 'parquet', folder, segmentBytes: 1e6 },
    {
      log,
      contracts: EVENT_CONTRACTS,
      schemaVersion: async () => 1,
      clock: systemClock,
      random: Math.random,
      signal: new AbortController().signal,
      progress: () => undefined,
    },
  );
  return folder;
}
