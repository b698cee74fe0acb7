import { STOCK_AGGREGATE } from '#libs/inventory';
import { ORDER_AGGREGATE } from '#libs/orders';
import { READ_MODELS } from '#libs/projections/read-models';
import { onServer } from '#libs/testing';
import type { Place } from '../measuring/stage.js';
import { Worker } from '../measuring/worker.js';
import { figuresIn, type Outcome } from '../report/report.js';
import type { ConsumeJob } from './consume.js';
import type { EmmettJob } from './emmett.js';
import type { FillJob } from './fill.js';
import type { RebuildJob } from './rebuild.js';
import type { Filled, Run } from './runs.js';

export interface Contestant {
  readonly name: string;
  /** Names of its rivals, in whose speed its own is expressed. */
  readonly against: readonly string[];
  run(contest: Contest, filled: Filled, env?: Environment): Promise<Run>;
}

type Environment = Readonly<Record<string, string>>;

export const EMMETT = 'Emmett on Postgres';
export const consumeName = (topic: string): string => `consume and decode ${topic}`;
export const rebuildName = (projection: string): string => `rebuild ${projection}`;

const EMMETT_EVENTS = 10_000;
const ORDERS_FOR_EACH_STOCK_EVENT = 10;

const eventsOf = ({ events, stockEvents }: Filled, topics: readonly string[]): number =>
  (topics.includes(ORDER_AGGREGATE.topic) ? events : 0) +
  (topics.includes(STOCK_AGGREGATE.topic) ? stockEvents : 0);

/** The topic whose consumption a projection is compared with. */
export const mainTopicOf = ([first = '', ...rest]: readonly string[]): string =>
  rest.includes(ORDER_AGGREGATE.topic) ? ORDER_AGGREGATE.topic : first;

const consumer = (topic: string): Contestant => ({
  name: consumeName(topic),
  against: [],
  run: (contest, filled) => contest.consume({ topic, events: eventsOf(filled, [topic]) }),
});

const rebuildsOf = (topic: string): Contestant[] =>
  rebuilds.filter((_, index) => mainTopicOf(READ_MODELS[index]?.topics ?? []) === topic);

const rebuilds = READ_MODELS.map(
  ({ name, topics }): Contestant => ({
    name: rebuildName(name),
    against: [
      consumeName(mainTopicOf(topics)),
      ...(mainTopicOf(topics) === ORDER_AGGREGATE.topic ? [EMMETT] : []),
    ],
    run: (contest, filled, env) =>
      contest.rebuild({ projection: name, events: eventsOf(filled, topics), filled }, env),
  }),
);

/** In the order of the report. Neighbours compete, so they follow each other closely. */
export const CONTESTANTS: readonly Contestant[] = [
  consumer(ORDER_AGGREGATE.topic),
  ...rebuildsOf(ORDER_AGGREGATE.topic),
  { name: EMMETT, against: [], run: (contest) => contest.emmett() },
  consumer(STOCK_AGGREGATE.topic),
  ...rebuildsOf(STOCK_AGGREGATE.topic),
];

/** Each run in a process of its own, one at a time, on servers that all share. */
export class Contest {
  readonly #filling: Worker<FillJob, Filled>;
  #emmettUrl: Promise<string> | undefined;
  #emmettRuns = 0;

  constructor(private readonly place: Pick<Place, 'addresses' | 'step'>) {
    this.#filling = new Worker(new URL('fill.ts', import.meta.url), place.addresses);
  }

  /** Grows the log to that many order events. */
  fill(orderEvents: number): Promise<Filled> {
    const stockEvents = Math.ceil(orderEvents / ORDERS_FOR_EACH_STOCK_EVENT);
    return this.#filling.measure({ orderEvents, stockEvents });
  }

  consume(job: ConsumeJob): Promise<Run> {
    return this.#alone('consume.ts', job);
  }

  rebuild(job: RebuildJob, env: Environment = {}): Promise<Run> {
    return this.#alone('rebuild.ts', job, env);
  }

  async emmett(): Promise<Run> {
    const url = await (this.#emmettUrl ??= this.#fillEmmett());
    return this.#alone<EmmettJob>('emmett.ts', {
      url,
      events: EMMETT_EVENTS,
      as: `projection ${this.#emmettRuns++}`,
    });
  }

  stop(): void {
    this.#filling.stop();
  }

  async #fillEmmett(): Promise<string> {
    const url = new URL(this.place.addresses.DATABASE_URL ?? '');
    await onServer(url.href, (client) => client.query('create database emmett'));
    url.pathname = '/emmett';
    const job: EmmettJob = { url: url.href, events: EMMETT_EVENTS, as: 'events' };
    await this.place.step(`appending ${EMMETT_EVENTS} events to Emmett's store`, () =>
      this.#alone('emmett.ts', job),
    );
    return url.href;
  }

  async #alone<Job extends object>(module: string, job: Job, env: Environment = {}): Promise<Run> {
    const addresses = { ...this.place.addresses, ...env };
    const worker = new Worker<Job, Run>(new URL(module, import.meta.url), addresses);
    try {
      return await worker.measure(job);
    } finally {
      worker.stop();
    }
  }
}

/** The result of a contestant at one size of the log. */
export interface ProjectOutcome extends Outcome<Contestant, Run> {
  readonly size: number;
}

/** Events lost in any of the runs, which void every number of the contestant. */
export const lostIn = ({ runs }: ProjectOutcome): string | undefined => runs.find(({ lost }) => lost)?.lost;

export const figures = figuresIn<Run, ProjectOutcome>({ voidIn: lostIn });

export const find = (
  outcomes: readonly ProjectOutcome[],
  size: number,
  name: string,
): ProjectOutcome | undefined =>
  outcomes.find((outcome) => outcome.size === size && outcome.contestant.name === name);
