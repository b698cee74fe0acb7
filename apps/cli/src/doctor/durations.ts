import type { LogUnderTest } from '#libs/event-store/conformance';
import { newId } from '#libs/kernel';

const CLAIMS = 5;
const APPENDS = 25;

/** Milliseconds. */
export interface DurationSpread {
  readonly times: number;
  readonly median: number;
  readonly longest: number;
}

export interface Durations {
  /** One claim that nobody contests, its reading to the marker included. */
  readonly claimMs: DurationSpread;
  /** One append of one event, one after the other. */
  readonly appendMs: DurationSpread;
}

export async function measure({ log, topic, encode, makeEvent }: LogUnderTest): Promise<Durations> {
  const writer = log.appender(topic, 0);
  try {
    const claimMs = await timed(CLAIMS, () => writer.claim());
    const appendMs = await timed(APPENDS, () => writer.append([encode(makeEvent(newId(), 1))]));
    return { claimMs, appendMs };
  } finally {
    await writer.close();
  }
}

async function timed(times: number, step: () => Promise<unknown>): Promise<DurationSpread> {
  const took: number[] = [];
  for (let time = 0; time < times; time++) {
    const start = performance.now();
    await step();
    took.push(performance.now() - start);
  }
  const sorted = took.toSorted((a, b) => a - b);
  return { times, median: rounded(sorted[Math.floor(times / 2)]), longest: rounded(sorted.at(-1)) };
}

const rounded = (ms = 0): number => Math.round(ms * 10) / 10;
