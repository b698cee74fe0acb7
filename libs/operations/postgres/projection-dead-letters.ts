import { formatPosition, type Position } from '#libs/kernel';
import { ProjectionCommands } from '#libs/projections/postgres';
import type {
  AnyDeadLetter,
  DeadLetterFilter,
  DeadLetterPlace,
  DeadLetterScan,
  DeadLetterSource,
  ErrorCount,
} from '../core/index.js';

/** Projections that have stopped: at most one in each partition of each projection. */
export class StoppedProjections implements DeadLetterSource {
  readonly kind = 'projection';
  readonly mostReleased = 10_000;
  readonly acts = {
    redrive: (letters: readonly AnyDeadLetter[]) => this.#retry(letters),
    skip: 'A projection leaves out one event at a time: POST /v1/operations/projections/{projection}/skip takes its position.',
  };
  readonly #stopped = new WeakMap<
    AnyDeadLetter,
    { readonly projection: string; readonly position: Position }
  >();

  constructor(private readonly commands: Pick<ProjectionCommands, 'status' | 'retryStopped'>) {}

  async scan(
    filter: DeadLetterFilter,
    after: DeadLetterPlace | undefined,
    limit: number,
  ): Promise<DeadLetterScan> {
    const rest = (await this.#all(filter)).filter(({ place }) => !after || isBefore(place, after));
    const letters = rest.slice(0, limit);
    return { letters, next: rest.length > limit ? letters.at(-1)?.place : undefined };
  }

  complete(letters: readonly AnyDeadLetter[]): Promise<readonly AnyDeadLetter[]> {
    return Promise.resolve(letters);
  }

  async count(filter: DeadLetterFilter, most: number): Promise<ErrorCount[]> {
    return (await this.#all(filter))
      .slice(0, most)
      .map(({ error, place: { at } }) => ({ error, tenant: null, count: 1, oldest: at, newest: at }));
  }

  /** Newest first. */
  async #all({ tenant, subscriptionId, from, to }: DeadLetterFilter): Promise<AnyDeadLetter[]> {
    // They belong to nobody.
    if (tenant !== undefined || subscriptionId !== undefined) return [];
    const statuses = await this.commands.status();
    return statuses
      .flatMap(({ projection, topic, partition, fault, stoppedAt, live }): AnyDeadLetter[] => {
        if (!fault || !live) return [];
        const place = { topic, partition, offset: fault.offset };
        const position = formatPosition(place);
        const letter: AnyDeadLetter = {
          kind: 'projection',
          deadLetterId: `projection/${projection}/${position}`,
          tenant: null,
          subject: projection,
          error: fault.reason,
          place: { at: (stoppedAt ?? new Date(0)).toISOString(), key: [`${projection} ${position}`] },
          position,
        };
        this.#stopped.set(letter, { projection, position: place });
        return [letter];
      })
      .filter(({ place: { at } }) => (from === undefined || at >= from) && (to === undefined || at <= to))
      .toSorted((one, other) => (isBefore(one.place, other.place) ? 1 : -1));
  }

  async #retry(letters: readonly AnyDeadLetter[]): Promise<number> {
    let retried = 0;
    for (const letter of letters) {
      const at = this.#stopped.get(letter);
      if (at && (await this.commands.retryStopped(at.projection, at.position))) retried++;
    }
    return retried;
  }
}

const isBefore = (one: DeadLetterPlace, other: DeadLetterPlace): boolean =>
  one.at === other.at ? (one.key[0] ?? '') < (other.key[0] ?? '') : one.at < other.at;
