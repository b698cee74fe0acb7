import { type Clock, systemClock } from '#libs/kernel';
import type { ApiClient } from '../api/api-client.js';
import { Agenda } from './agenda.js';
import { Books } from './books.js';
import { catalogueOf } from './catalogue.js';
import { Customers } from './customers.js';
import { EventPoll } from './event-poll.js';
import { readDocuments } from './final-documents.js';
import { journeyOf } from './journey.js';
import { addsUp, type Evidence, type LedgerLine, ledgerOf, openOrders } from './ledger.js';
import { PatientClient } from './patient-client.js';
import { Staff } from './staff.js';

export interface RunOptions {
  /** Customers a second. */
  readonly rate: number;
  readonly forMs: number;
  readonly drainMs: number;
  readonly seed: number;
}

export interface RunSignals {
  /** No more customers. */
  readonly stop: AbortSignal;
  /** No more waiting either. */
  readonly cut: AbortSignal;
}

/** Customers who wait for an answer: with as many, the next ones stay away until the system answers. */
const MOST_WAITING = 1_000;
const POLL_MS = 500;

const NOT_COMPARED: LedgerLine = {
  text: 'read models: not compared, because the run was cut short',
  problems: [],
};

/** One run against a system, which it knows by its public API only. */
export class Simulation {
  /** Begins the name of each customer, sku and cart of this run. */
  readonly prefix: string;
  readonly #startedAt: number;
  readonly #books: Books;
  readonly #client: PatientClient;
  readonly #agenda: Agenda;
  readonly #customers: Customers;
  readonly #staff: Staff;
  readonly #events: EventPoll;
  readonly #over = new AbortController();
  readonly #catalogue;
  #phase: 'starting' | 'running' | 'draining' = 'starting';
  /** What does not add up yet. */
  #waitsFor: string | undefined;

  constructor(
    api: ApiClient,
    private readonly options: RunOptions,
    private readonly signals: RunSignals,
    private readonly clock: Clock = systemClock,
  ) {
    const { seed, rate } = options;
    this.#startedAt = clock.now();
    this.prefix = `sim-${seed}-${this.#startedAt.toString(36)}`;
    this.#books = new Books(this.prefix);
    this.#client = new PatientClient(api, clock, this.#over.signal);
    this.#agenda = new Agenda(clock, (sentence) => this.#client.surprise(sentence));
    this.#customers = new Customers(this.#client, this.#agenda, clock, this.prefix);
    this.#events = new EventPoll(this.#client, clock);
    this.#catalogue = catalogueOf(seed, this.prefix, rate);
    this.#staff = new Staff({
      client: this.#client,
      agenda: this.#agenda,
      clock,
      books: this.#books,
      catalogue: this.#catalogue,
      prefix: this.prefix,
      seed,
      journey: (number) => this.#journey(number),
      askedAt: this.#customers.askedAt,
    });
  }

  /** Waits for the system if it is away. */
  async run(): Promise<LedgerLine[]> {
    const { stop, cut } = this.signals;
    const end = (): void => this.#over.abort();
    const endStart = (): void => {
      if (this.#phase === 'starting') end();
    };
    cut.addEventListener('abort', end, { once: true });
    stop.addEventListener('abort', endStart, { once: true });
    try {
      await this.#events.start();
      const following = this.#events.follow((event) => {
        if (this.#books.take(event)) this.#staff.hear(event);
      }, this.#over.signal);
      await this.#staff.open();
      this.#phase = 'running';
      await this.#sendCustomers(stop);
      this.#phase = 'draining';
      this.#agenda.end();
      const ledger = await this.#drain();
      this.#over.abort();
      await following;
      return ledger;
    } finally {
      cut.removeEventListener('abort', end);
      stop.removeEventListener('abort', endStart);
      this.#over.abort();
    }
  }

  #journey(number: number) {
    return journeyOf(this.options.seed, number, this.prefix, this.#catalogue);
  }

  /** Customers come when they like, not when the one before has been served. */
  async #sendCustomers(stop: AbortSignal): Promise<void> {
    const { rate, forMs } = this.options;
    const start = this.clock.monotonic();
    let due = start;
    for (let number = 0; !stop.aborted; number++) {
      const journey = this.#journey(number);
      due += (journey.gap / rate) * 1_000;
      const end = start + forMs;
      const now = this.clock.monotonic();
      if (Math.min(due, end) > now) await this.clock.sleep(Math.min(due, end) - now, stop);
      while (this.#agenda.running >= MOST_WAITING && this.clock.monotonic() < end && !stop.aborted)
        await this.clock.sleep(POLL_MS, stop);
      if (this.clock.monotonic() >= end || stop.aborted) return;
      this.#agenda.now(() => this.#customers.play(journey));
    }
  }

  /** Until everything adds up, or for as long as is allowed. */
  async #drain(): Promise<LedgerLine[]> {
    const end = this.clock.monotonic() + this.options.drainMs;
    for (;;) {
      const isLast = this.clock.monotonic() >= end || this.#over.signal.aborted;
      const isQuiet = this.#agenda.running === 0 && openOrders(this.#books).length === 0;
      const [first] = ledgerOf(this.#evidence()).flatMap(({ problems }) => problems);
      this.#waitsFor = first;
      if (isLast || (isQuiet && first === undefined)) {
        const documents = this.#over.signal.aborted
          ? undefined
          : await readDocuments(this.#client, this.#books, new Date(this.#startedAt).toISOString());
        const ledger = ledgerOf({ ...this.#evidence(), ...(documents && { documents }) });
        this.#waitsFor = ledger.flatMap(({ problems }) => problems)[0];
        if (isLast || addsUp(ledger)) return documents ? ledger : [...ledger, NOT_COMPARED];
      }
      await this.clock.sleep(POLL_MS, this.#over.signal);
    }
  }

  #evidence(): Evidence {
    const { answered, unanswered } = this.#customers;
    return { books: this.#books, answered, unanswered, surprises: this.#client.surprises };
  }

  get openOrders(): string[] {
    return openOrders(this.#books).map(({ orderId }) => orderId);
  }

  /** The state of the run in a line. */
  get line(): string {
    const { counts } = this.#books;
    const { askedAt, latencies } = this.#customers;
    const { failures, lastFailure } = this.#client;
    const seconds = (this.clock.now() - this.#startedAt) / 1_000;
    const sold = counts.confirmed + counts.shipped + counts.delivered + counts.completed;
    return [
      `${this.#phase} ${Math.round(seconds)} s`,
      `ordered ${askedAt.size} (${(askedAt.size / seconds).toFixed(1)}/s)`,
      `open ${counts.created}`,
      `sold ${sold}`,
      `shipped ${sold - counts.confirmed}`,
      `delivered ${counts.delivered + counts.completed}`,
      `cancelled ${counts.cancelled}`,
      `answered ${latencies.text}`,
      `confirmed ${this.#staff.latencies.text}`,
      ...(this.#waitsFor === undefined ? [] : [`not yet: ${this.#waitsFor}`]),
      ...(failures > 0 ? [`${failures} failed attempts, the last: ${lastFailure}`] : []),
    ].join(' | ');
  }
}
