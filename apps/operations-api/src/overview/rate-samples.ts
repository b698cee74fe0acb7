import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  type OnApplicationBootstrap,
  type OnModuleInit,
} from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { formatInstant, type Instant, type Position, systemClock } from '#libs/kernel';
import { BoundedSeries, quantileBetween, ratePerSecond } from '#libs/operations/core';
import { Siblings } from '#libs/platform';
import { LogStanding } from '../projections/log-standing.js';
import { ownNumbers, type ProcessNumbers, type SummedNumbers, summedNumbers } from './process-numbers.js';

const NUMBERS = 'operations-numbers';
const SAMPLE_MS = 5_000;
/** Ten minutes. */
const MOST_SAMPLES = 120;
/** Samples that the slowest append is taken from: a minute. */
const APPEND_SAMPLES = 12;
const SHARE = 0.99;

/** What happened in the time before a moment. A number that nobody knows is absent. */
export interface RatePoint {
  readonly at: string;
  readonly ordersPerSecond?: number;
  /** Offsets by which the log grew. */
  readonly eventsPerSecond?: number;
  /** In the last minute. */
  readonly appendP99Ms?: number;
}

interface Sample {
  readonly at: number;
  readonly numbers: SummedNumbers | undefined;
  readonly logEnd: number | undefined;
}

/** Looks every five seconds how fast things go, and remembers ten minutes of it. */
@Injectable()
export class RateSamples implements OnModuleInit, OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly #points = new BoundedSeries<RatePoint>(MOST_SAMPLES);
  readonly #samples = new BoundedSeries<Sample>(APPEND_SAMPLES + 1);
  #answering = 1;
  #isLooking = false;
  #cancel: () => void = () => undefined;

  constructor(
    @Inject(Siblings) private readonly siblings: Siblings,
    private readonly log: LogStanding,
    private readonly http: HttpAdapterHost,
  ) {}

  onModuleInit(): void {
    this.siblings.serve(this.http.httpAdapter.getInstance(), NUMBERS, ownNumbers);
  }

  onApplicationBootstrap(): void {
    this.#cancel = systemClock.every(SAMPLE_MS, () => void this.#look());
  }

  beforeApplicationShutdown(): void {
    this.#cancel();
  }

  /** Oldest first. */
  get series(): readonly RatePoint[] {
    return this.#points.values;
  }

  /** The processes behind this port, and how many of them answered. */
  get processes(): { readonly expected: number; readonly answering: number } {
    return { expected: this.siblings.count, answering: this.#answering };
  }

  /** Whether any of these processes takes commands; if none does, orders and appends are counted elsewhere. */
  get countsCommands(): boolean {
    return this.#samples.values.at(-1)?.numbers !== undefined;
  }

  async #look(): Promise<void> {
    // A slow look must not pile up.
    if (this.#isLooking) return;
    this.#isLooking = true;
    try {
      const [ends, numbers] = await Promise.all([this.log.ends(), this.#numbers()]);
      this.#add({ at: systemClock.monotonic(), numbers, logEnd: ends && sumOf(ends) });
    } catch {
      // The series has a gap.
    } finally {
      this.#isLooking = false;
    }
  }

  async #numbers(): Promise<SummedNumbers | undefined> {
    const [own, others] = await Promise.all([ownNumbers(), this.siblings.ask<ProcessNumbers>(NUMBERS)]);
    const answers = others.flatMap(({ answer }) => answer ?? []);
    this.#answering = 1 + answers.length;
    return summedNumbers([own, ...answers]);
  }

  #add(sample: Sample): void {
    const before = this.#samples.values.at(-1);
    const oldest = this.#samples.values.find(({ numbers }) => numbers !== undefined);
    this.#samples.push(sample);
    const orders = rateOf(before, sample, ({ numbers }) => numbers?.orders);
    const events = rateOf(before, sample, ({ logEnd }) => logEnd);
    const seconds =
      oldest?.numbers && sample.numbers
        ? quantileBetween(oldest.numbers.appends, sample.numbers.appends, SHARE)
        : undefined;
    this.#points.push({
      at: formatInstant(systemClock.now() as Instant),
      ...(orders !== undefined && { ordersPerSecond: orders }),
      ...(events !== undefined && { eventsPerSecond: events }),
      ...(seconds !== undefined && { appendP99Ms: seconds * 1_000 }),
    });
  }
}

const sumOf = (ends: readonly Position[]): number => ends.reduce((sum, { offset }) => sum + offset, 0);

function rateOf(
  before: Sample | undefined,
  after: Sample,
  countOf: (sample: Sample) => number | undefined,
): number | undefined {
  const [from, to] = [before && countOf(before), countOf(after)];
  if (!before || from === undefined || to === undefined) return undefined;
  const rate = ratePerSecond({ at: before.at, count: from }, { at: after.at, count: to });
  return rate === undefined ? undefined : Math.round(rate * 10) / 10;
}
