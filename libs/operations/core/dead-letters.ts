import { Pieces } from '#libs/kernel';
import { causeOf } from './error-cause.js';

/**
 * What has come to a stop and waits for a person:
 * - `webhook`: a delivery without attempts left; its lane waits behind it;
 * - `process`: a process that is stuck;
 * - `projection`: a projection that has stopped in a partition;
 * - `mail`: a mail that its server refused for good.
 */
export const DEAD_LETTER_KINDS = ['webhook', 'process', 'projection', 'mail'] as const;
export type DeadLetterKind = (typeof DEAD_LETTER_KINDS)[number];

export const DEAD_LETTER_ACTS = ['redrive', 'skip'] as const;
export type DeadLetterAct = (typeof DEAD_LETTER_ACTS)[number];

/** Where a dead letter stands in the list of its kind: by time, then by its key. */
export interface DeadLetterPlace {
  /** As RFC 3339 text in milliseconds and UTC, which sorts by time. */
  readonly at: string;
  readonly key: readonly string[];
}

export interface AnyDeadLetter {
  readonly kind: DeadLetterKind;
  readonly deadLetterId: string;
  /** `null` for what belongs to no tenant. */
  readonly tenant: string | null;
  readonly subject: string;
  readonly error: string;
  readonly place: DeadLetterPlace;
  readonly eventId?: string;
  readonly position?: string;
  readonly subscriptionId?: string;
  /** Tells that the error is a mail server's, which may name the customer. */
  readonly notificationId?: string;
}

export interface DeadLetterFilter {
  readonly tenant?: string | undefined;
  readonly subscriptionId?: string | undefined;
  /** As RFC 3339 text; both ends are included. */
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

/** A part of the list, newest first. */
export interface DeadLetterScan {
  readonly letters: readonly AnyDeadLetter[];
  /** Where to go on; `undefined` at the end of the list. */
  readonly next: DeadLetterPlace | undefined;
}

/** The dead letters of a tenant that have the same error. */
export interface ErrorCount {
  readonly error: string;
  readonly tenant: string | null;
  readonly count: number;
  readonly oldest: string;
  readonly newest: string;
}

/** The dead letters of one kind. */
export interface DeadLetterSource {
  readonly kind: DeadLetterKind;
  /** The most that one request redrives or skips. */
  readonly mostReleased: number;
  /** Reads about `limit` of them after a place, newest first. */
  scan(filter: DeadLetterFilter, after: DeadLetterPlace | undefined, limit: number): Promise<DeadLetterScan>;
  /** Adds to those of a page what is only looked up for them. */
  complete(letters: readonly AnyDeadLetter[]): Promise<readonly AnyDeadLetter[]>;
  /** Counts the newest, at most `most`. */
  count(filter: DeadLetterFilter, most: number): Promise<readonly ErrorCount[]>;
  /** What this kind can do: how many were released, or why it cannot. */
  readonly acts: Readonly<
    Record<DeadLetterAct, ((letters: readonly AnyDeadLetter[], actor: string) => Promise<number>) | string>
  >;
}

/** Where a page of the list over kinds ended. */
export type DeadLetterPlaces = Partial<Record<DeadLetterKind, DeadLetterPlace>>;

export interface DeadLetterGroup {
  readonly kind: DeadLetterKind;
  readonly cause: string;
  readonly count: number;
  /** There are more than were counted. */
  readonly countIsLowerBound: boolean;
  readonly tenants: number;
  readonly oldest: string;
  readonly newest: string;
}

interface Choice {
  readonly filter: DeadLetterFilter;
  readonly cause?: string | undefined;
}

interface Gathered {
  readonly kind: DeadLetterKind;
  readonly letters: readonly AnyDeadLetter[];
  /** How far it was read without an end. */
  readonly scannedTo: DeadLetterPlace | undefined;
}

export interface DeadLetterLimits {
  /** Read in one query where most may not match. */
  readonly chunk: number;
  /** Read for one page. */
  readonly pageScan: number;
  /** Counted for groups. */
  readonly grouped: number;
  /** Counted or read for one act. */
  readonly matched: number;
}

export const DEFAULT_DEAD_LETTER_LIMITS: DeadLetterLimits = {
  chunk: 5_000,
  pageScan: 20_000,
  grouped: 20_000,
  matched: 100_000,
};

/** Errors to compare before other work gets a turn: about a millisecond. */
const PIECE = 200;

/** The dead letters of all kinds as one list. What it reads for an answer is bounded, however many there are. */
export class DeadLetterDesk {
  constructor(
    private readonly sources: readonly DeadLetterSource[],
    private readonly limits: DeadLetterLimits = DEFAULT_DEAD_LETTER_LIMITS,
  ) {}

  /**
   * A page, newest first. One may have few items or none although others follow, where few match.
   * @param after the `next` of the page before
   */
  async page(
    choice: Choice & { readonly kind?: DeadLetterKind | undefined },
    limit: number,
    after: DeadLetterPlaces = {},
  ): Promise<{ readonly letters: readonly AnyDeadLetter[]; readonly next: DeadLetterPlaces | undefined }> {
    const gathered = await Promise.all(
      this.#of(choice.kind).map((source) => this.#gather(source, choice, limit + 1, after[source.kind])),
    );
    // What a source has not read may be newer than what others have.
    const frontier =
      gathered
        .flatMap(({ scannedTo }) => scannedTo?.at ?? [])
        .toSorted()
        .at(-1) ?? '';
    const merged = gathered
      .flatMap(({ letters }) => letters)
      .filter(({ place }) => place.at >= frontier)
      .toSorted(newestFirst)
      .slice(0, limit);
    const next: DeadLetterPlaces = { ...after };
    let hasMore = false;
    for (const { kind, letters, scannedTo } of gathered) {
      const shown = merged.filter((letter) => letter.kind === kind);
      const isAllShown = shown.length === letters.length;
      const end = isAllShown && scannedTo ? scannedTo : shown.at(-1)?.place;
      if (end) next[kind] = end;
      hasMore ||= !isAllShown || scannedTo !== undefined;
    }
    return { letters: await this.#completed(merged), next: hasMore ? next : undefined };
  }

  /** By cause; the largest first. */
  async groups(kind: DeadLetterKind | undefined, filter: DeadLetterFilter): Promise<DeadLetterGroup[]> {
    const { grouped } = this.limits;
    const all = await Promise.all(
      this.#of(kind).map(async (source) => {
        const counts = await source.count(filter, grouped);
        const total = counts.reduce((sum, { count }) => sum + count, 0);
        return groupsOf(source.kind, counts, total >= grouped);
      }),
    );
    return all.flat().toSorted((a, b) => b.count - a.count || (a.newest < b.newest ? 1 : -1));
  }

  /** How many an act would take. */
  async match(
    kind: DeadLetterKind,
    { filter, cause }: Choice,
  ): Promise<{ readonly count: number; readonly isLowerBound: boolean }> {
    const { matched } = this.limits;
    const counts = await this.#one(kind).count(filter, matched);
    const pieces = new Pieces(PIECE);
    let [total, count] = [0, 0];
    for (const each of counts) {
      await pieces.before(1);
      total += each.count;
      if (cause === undefined || causeOf(each.error) === cause) count += each.count;
    }
    return { count, isLowerBound: total >= matched };
  }

  /** Why an act is not possible for a kind; `undefined` if it is. */
  refusal(kind: DeadLetterKind, act: DeadLetterAct): string | undefined {
    const can = this.#one(kind).acts[act];
    return typeof can === 'string' ? can : undefined;
  }

  /**
   * Redrives or skips those that match, in batches, newest first, at most as many as the kind allows in one go.
   * @returns how many
   */
  async release(kind: DeadLetterKind, act: DeadLetterAct, choice: Choice, actor: string): Promise<number> {
    const source = this.#one(kind);
    const work = source.acts[act];
    if (typeof work === 'string') return 0;
    let released = 0;
    let after: DeadLetterPlace | undefined;
    for (let scanned = 0; scanned < this.limits.matched && released < source.mostReleased; ) {
      const left = source.mostReleased - released;
      const chunk = choice.cause === undefined ? Math.min(left, this.limits.chunk) : this.limits.chunk;
      const { letters, next } = await source.scan(choice.filter, after, chunk);
      const matching = (await matchingOf(letters, choice.cause)).slice(0, left);
      if (matching.length > 0) released += await work(matching, actor);
      if (!next) break;
      after = next;
      scanned += chunk;
    }
    return released;
  }

  #of(kind: DeadLetterKind | undefined): readonly DeadLetterSource[] {
    return kind === undefined ? this.sources : [this.#one(kind)];
  }

  #one(kind: DeadLetterKind): DeadLetterSource {
    const source = this.sources.find((each) => each.kind === kind);
    if (!source) throw new Error(`there is no source of dead letters of the kind ${kind}`);
    return source;
  }

  async #gather(
    source: DeadLetterSource,
    { filter, cause }: Choice,
    wanted: number,
    from: DeadLetterPlace | undefined,
  ): Promise<Gathered> {
    const { kind } = source;
    const chunk = cause === undefined ? wanted : this.limits.chunk;
    const letters: AnyDeadLetter[] = [];
    let after = from;
    for (let scanned = 0; scanned < this.limits.pageScan; scanned += chunk) {
      const { letters: found, next } = await source.scan(filter, after, chunk);
      letters.push(...(await matchingOf(found, cause)));
      if (letters.length >= wanted) return { kind, letters: letters.slice(0, wanted), scannedTo: undefined };
      if (!next) return { kind, letters, scannedTo: undefined };
      after = next;
    }
    return { kind, letters, scannedTo: after };
  }

  /** In the same order. */
  async #completed(letters: readonly AnyDeadLetter[]): Promise<readonly AnyDeadLetter[]> {
    const completed = await Promise.all(
      this.sources.map((source) => source.complete(letters.filter(({ kind }) => kind === source.kind))),
    );
    const byId = new Map(completed.flat().map((letter) => [letter.deadLetterId, letter]));
    return letters.flatMap(({ deadLetterId }) => byId.get(deadLetterId) ?? []);
  }
}

/** Equal times keep the order of their own list. */
const newestFirst = (one: AnyDeadLetter, other: AnyDeadLetter): number =>
  one.place.at === other.place.at ? 0 : one.place.at < other.place.at ? 1 : -1;

async function matchingOf(
  letters: readonly AnyDeadLetter[],
  cause: string | undefined,
): Promise<readonly AnyDeadLetter[]> {
  if (cause === undefined) return letters;
  const pieces = new Pieces(PIECE);
  const matching: AnyDeadLetter[] = [];
  for (const letter of letters) {
    await pieces.before(1);
    if (causeOf(letter.error) === cause) matching.push(letter);
  }
  return matching;
}

async function groupsOf(
  kind: DeadLetterKind,
  counts: readonly ErrorCount[],
  countIsLowerBound: boolean,
): Promise<DeadLetterGroup[]> {
  const pieces = new Pieces(PIECE);
  const byCause = new Map<string, ErrorCount[]>();
  for (const each of counts) {
    await pieces.before(1);
    const cause = causeOf(each.error);
    const group = byCause.get(cause);
    if (group) group.push(each);
    else byCause.set(cause, [each]);
  }
  return [...byCause].map(([cause, group]) => ({
    kind,
    cause,
    count: group.reduce((sum, { count }) => sum + count, 0),
    countIsLowerBound,
    tenants: new Set(group.flatMap(({ tenant }) => tenant ?? [])).size,
    oldest: group.reduce((oldest, each) => (each.oldest < oldest ? each.oldest : oldest), '9'),
    newest: group.reduce((newest, each) => (each.newest > newest ? each.newest : newest), ''),
  }));
}
