import type {
  BlockedLane,
  CursorSave,
  DispatchStore,
  DueBounds,
  ParkedDelivery,
  PartitionChanges,
  PartitionClaim,
  SavedCursor,
} from '../../core/ports.js';
import { newId } from '#libs/kernel';

export interface DispatchStoreUnderTest {
  readonly store: DispatchStore;
  /** Redrives the dead letter of a lane, if it is one: it is due at once, with no attempts. */
  redrive(lane: LaneInPartition): Promise<void>;
  /** Skips the dead letter of a lane, if it is one: the delivery behind it is due at once. */
  skip(lane: LaneInPartition): Promise<void>;
}

export interface LaneInPartition {
  readonly claim: PartitionClaim;
  readonly feedId: string;
  readonly lane: string;
}

/** A margin of a minute, because the store's clock may differ from ours. */
export const SOON = () => Date.now() + 60_000;

export const cursorAt = (watermark: number, given: Partial<SavedCursor> = {}): SavedCursor => ({
  watermark,
  finished: [],
  previousEventId: null,
  idle: false,
  rulesRevision: 1,
  generation: 0,
  ...given,
});

/** One partition of the store, as a dispatcher that claims it sees it. */
export class ClaimedPartition {
  #number = 0;

  constructor(
    readonly subject: DispatchStoreUnderTest,
    readonly claim: PartitionClaim = { topic: `dispatched-${newId()}`, partition: 3, owner: newId() },
  ) {}

  get store(): DispatchStore {
    return this.subject.store;
  }

  /** The same partition, for the next dispatcher. */
  rival(): ClaimedPartition {
    return new ClaimedPartition(this.subject, { ...this.claim, owner: newId() });
  }

  take(end = 0): Promise<number> {
    return this.store.claim(this.claim, end);
  }

  save({ cursors = {}, ...given }: SomeChanges): Promise<boolean> {
    this.#number++;
    return this.store.save(this.claim, {
      number: this.#number,
      scannedOffset: 0,
      parked: [],
      lanes: [],
      delivered: [],
      detached: [],
      pinned: [],
      ...given,
      cursors: new Map(Object.entries(cursors)),
    });
  }

  /** The partition's part in a save of several. */
  cursorSave({ scannedOffset = 0, cursors = {} }: SomeChanges): CursorSave {
    this.#number++;
    const changes = { number: this.#number, scannedOffset, cursors: new Map(Object.entries(cursors)) };
    return { claim: this.claim, changes };
  }

  /** The names of the lanes that are due, with how often each was tried. */
  async due(now = SOON()): Promise<Record<string, number>> {
    const lanes = await this.dueLanes(now, { perFeed: 10_000, limit: 10_000 });
    return Object.fromEntries(lanes.map(({ lane, attempts }) => [lane, attempts]));
  }

  dueLanes(now: number, limits: Partial<DueBounds> = {}): Promise<readonly BlockedLane[]> {
    return this.store.dueLanes(this.claim, now, { perFeed: 100, limit: 1, except: [], ...limits });
  }

  blocked(feedId: string, ...lanes: string[]): Promise<ReadonlySet<string>> {
    return this.store.blockedAmong(this.claim, feedId, lanes);
  }

  /** The cursors of active feeds among these, by rules of revision 1. */
  async active(...feedIds: string[]): Promise<ReadonlyMap<string, SavedCursor | null>> {
    return this.activeBy(new Map(feedIds.map((id) => [id, 1])));
  }

  async activeBy(revisions: ReadonlyMap<string, number>): Promise<ReadonlyMap<string, SavedCursor | null>> {
    const found = await this.store.activeCursors(this.claim, revisions);
    return new Map([...found].map(([id, each]) => [id, each?.cursor ?? null]));
  }

  /** The cursors of these feeds, idle or not. */
  async cursorsOf(...feedIds: string[]): Promise<ReadonlyMap<string, SavedCursor>> {
    const found = await this.store.cursorsOf(this.claim, feedIds);
    return new Map([...found].map(([id, { cursor }]) => [id, cursor]));
  }

  /** The feeds among these that have blocked lanes, as either question for their cursors tells. */
  async withBlockedLanes(...feedIds: string[]): Promise<ReadonlySet<string>> {
    const all = await this.store.cursorsOf(this.claim, feedIds);
    const active = await this.store.activeCursors(this.claim, new Map(feedIds.map((id) => [id, 0])));
    expect(active).toEqual(new Map(feedIds.map((id) => [id, all.get(id) ?? null])));
    return new Set([...all].filter(([, { hasBlockedLanes }]) => hasBlockedLanes).map(([id]) => id));
  }

  async offsets(feedId: string, lane: string, limit = 10_000): Promise<number[]> {
    const deliveries = await this.store.parkedDeliveries(this.claim, feedId, lane, limit);
    return deliveries.map(({ offset }) => offset);
  }

  redrive(feedId: string, lane: string): Promise<void> {
    return this.subject.redrive({ claim: this.claim, feedId, lane });
  }

  skip(feedId: string, lane: string): Promise<void> {
    return this.subject.skip({ claim: this.claim, feedId, lane });
  }
}

type SomeChanges = Partial<Omit<PartitionChanges, 'cursors'>> & {
  readonly cursors?: Readonly<Record<string, SavedCursor>>;
};

export const parkedAt = (
  feedId: string,
  lane: string,
  offset: number,
  given: Partial<ParkedDelivery> = {},
): ParkedDelivery => ({
  feedId,
  lane,
  offset,
  eventId: newId(),
  eventType: 'order.confirmed',
  previousEventId: null,
  ...given,
});

/** @param offset of its front */
export const laneOf = (
  feedId: string,
  lane: string,
  offset: number,
  given: Partial<BlockedLane> = {},
): BlockedLane => ({
  feedId,
  subscriptionId: feedId,
  lane,
  offset,
  attempts: 1,
  retryAt: null,
  lastError: 'status 500',
  endpointRevision: 1,
  ...given,
});

/** Texts that mean something to a parser on the way to a database. */
export const AWKWARD_LANES = [
  ' ',
  'a,b',
  '{}',
  '{"a","b"}',
  'quote " in it',
  "it's",
  'back\\slash',
  'NULL',
  'null',
  'line\nbreak\ttab\r',
  '$1',
  '%_',
  'tenant/größe 茶 \u{1f375}',
  'x'.repeat(500),
];
