import { short } from '../../report/table.js';
import type { AppTrace, Call } from './app-trace.js';
import { overlap, type Span, type Timeline } from './timeline.js';

const BUSY_MS = 2;
const KAFKA_MS = 3;
const POSTGRES_MS = 5;
const TIMER_MS = 0.5;
/** Shorter shares of a busy span are not shown. */
const SHARE_MS = 0.1;
const FUNCTIONS_SHOWN = 3;
const PACKAGES_SHOWN = 6;

/** A collection, a slow call or a busy stretch. */
export interface Activity extends Span {
  readonly title: string;
  /** How many activities of this title overlap with the span. This is the longest. */
  readonly count: number;
}

type Single = Omit<Activity, 'count'>;

/** Shows what the app was doing in a span. */
export class AppActivity {
  readonly #calls: readonly Single[];
  readonly #stretches: readonly Span[];

  constructor(
    trace: AppTrace,
    private readonly timeline: Timeline,
  ) {
    const listed = (kind: string, calls: readonly Call[], overMs: number) =>
      calls.flatMap(({ name, from, until = from }) =>
        until - from > overMs ? { title: `${kind}: ${name}`, from, until } : [],
      );
    this.#calls = [
      ...listed('collection', trace.collections, 0),
      // Fetches are long polls.
      ...listed(
        'Kafka',
        trace.kafka.filter(({ name }) => name !== 'Fetch'),
        KAFKA_MS,
      ),
      ...listed('Postgres', trace.postgres, POSTGRES_MS),
    ];
    this.#stretches = timeline.busyStretches(BUSY_MS);
  }

  /** Activities that overlap with the span, in full length, the longest first. Those of the same title are one. */
  within(span: Span): Activity[] {
    const busy = this.#stretches
      .filter((stretch) => overlap(stretch, span) > 0)
      .map((stretch) => ({ ...stretch, title: `busy: ${this.#functionsIn(stretch)}` }));
    const all = [...this.#calls.filter((call) => overlap(call, span) > 0), ...busy].toSorted(
      (a, b) => b.until - b.from - (a.until - a.from),
    );
    const byTitle = new Map<string, Activity>();
    for (const one of all) {
      const longest = byTitle.get(one.title) ?? { ...one, count: 0 };
      byTitle.set(one.title, { ...longest, count: longest.count + 1 });
    }
    return [...byTitle.values()];
  }

  /** The timer callbacks that took longest: `flush libs/kafka/queue.js:10 1.20 ms`. */
  timers(span: Span): string[] {
    return this.timeline
      .timersWithin(span)
      .filter(({ ms }) => ms >= TIMER_MS)
      .map(({ name, ms }) => `${name} ${short(ms)} ms`);
  }

  /** The busy time by package: `busy 3.20 of 12.1 ms: kafkajs 1.40, libs/orders 0.70`. */
  busyTime(span: Span): string {
    const { total, busy, packages } = this.timeline.summary(span);
    const shares = packages
      .filter(({ withEngine }) => withEngine >= SHARE_MS)
      .slice(0, PACKAGES_SHOWN)
      .map(({ name, withEngine }) => `${name} ${short(withEngine)}`)
      .join(', ');
    return `busy ${short(busy)} of ${short(total)} ms${shares && `: ${shares}`}`;
  }

  #functionsIn(stretch: Span): string {
    const { functions } = this.timeline.summary(stretch);
    return functions
      .filter(({ self }) => self >= SHARE_MS)
      .slice(0, FUNCTIONS_SHOWN)
      .map(({ name, where, self }) => `${name} ${where} ${short(self)}`)
      .join(', ');
  }
}
