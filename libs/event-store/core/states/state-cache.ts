import { LRUCache } from 'lru-cache';
import {
  type Decider,
  type DomainEvent,
  type RecordedEvent,
  TenantShares,
  topicPartitionKey,
} from '#libs/kernel';
import { type WriterClaim, StaleStateError, type StateStore } from './state-store.js';
import { applyBehindGap, applyToRecord, emptyRecord, type StreamRecord } from './stream-record.js';
import { recordFromJson, recordToJson } from './stream-record-json.js';

export interface StateLimits {
  /** Limit of one partition's saved states in memory, as bytes of JSON. */
  readonly maxCachedBytes: number;
  /** Limit of its unsaved states; commands are refused beyond it. */
  readonly maxUnsavedBytes: number;
  /** Counts the unsaved states of all partitions of the process. Commands are refused beyond its limit, too. */
  readonly together?: UnsavedBytes;
  /** Unsaved streams that trigger a save. Serializing more at once would block everything else. */
  readonly saveAfterStreams: number;
}

/** Counts the unsaved states of several partitions. */
export class UnsavedBytes {
  used = 0;

  constructor(readonly maxBytes: number) {}
}

interface Entry<State> {
  /** New streams are kept as text: many are created, and few are needed again soon. See {@link StateCache}. */
  readonly record: StreamRecord<State> | string;
  readonly tenant: string;
  readonly bytes: number;
}

type Entries<State> = Map<string, Entry<State>>;

/** Fraction of the unsaved limit that is closed to tenants with large shares. */
const RESERVE = 0.25;
/** Memory used by an entry regardless of its content. */
const OVERHEAD_BYTES = 300;
/** Approximate memory used by a remembered command. */
const COMMAND_BYTES = 200;

/**
 * The current streams of one partition, folded from the log, and the offset reached.
 *
 *   folded ─► unsaved ──save──► saving ─► cached ─► (evicted; loaded from the store when needed again)
 *
 * Saved states are cached as text: most are not needed again soon, and many small objects would cost more memory and
 * garbage collection than parsing them again.
 */
export class StateCache<State, Event extends DomainEvent> {
  #claim: WriterClaim | undefined;
  /** The store has changed under this writer, so memory no longer matches it. */
  #stale = false;
  #unsaved: Entries<State> = new Map();
  readonly #unsavedBytes: TenantShares;
  #saving: Entries<State> = new Map();
  #writing: Promise<void> | undefined;
  /** The store's last known checkpoint, and the one being saved. */
  #checkpoint = 0;
  #savingTo = 0;
  readonly #cached: LRUCache<string, string>;
  /** Whether memory holds every stream of the partition, so any other stream does not exist. */
  #complete = false;
  #nextOffset = 0;

  constructor(
    private readonly decider: Pick<Decider<State, never, Event>, 'initialState' | 'evolve'>,
    private readonly store: StateStore,
    private readonly limits: StateLimits,
  ) {
    this.#unsavedBytes = new TenantShares(limits.maxUnsavedBytes);
    this.#cached = new LRUCache<string, string>({
      maxSize: limits.maxCachedBytes,
      sizeCalculation: (json) => json.length + OVERHEAD_BYTES,
      dispose: (_json, _streamId, reason) => {
        if (reason === 'evict') this.#complete = false;
      },
    });
  }

  /** Offset expected for the partition's next event. */
  get nextOffset(): number {
    return this.#nextOffset;
  }

  get size(): number {
    return this.#unsaved.size + this.#saving.size + this.#cached.size;
  }

  get unsaved(): number {
    return this.#unsaved.size;
  }

  /** Whether the states must be {@link open}ed again before use. */
  get stale(): boolean {
    return this.#stale;
  }

  get unsavedBytes(): number {
    return this.#unsavedBytes.used;
  }

  get full(): boolean {
    return this.#isFilledTo(1);
  }

  /** Whether the tenant must wait. The reserve is left to tenants with a below-average share of unsaved states. */
  isFullFor(tenant: string): boolean {
    const isReserve = this.#isFilledTo(1 - RESERVE);
    return this.full || (isReserve && this.#unsavedBytes.holdsMuch(tenant));
  }

  #isFilledTo(share: number): boolean {
    const { maxUnsavedBytes, together } = this.limits;
    if (this.unsavedBytes > share * maxUnsavedBytes) return true;
    return together !== undefined && together.used > share * together.maxBytes;
  }

  get shouldSaveSoon(): boolean {
    const { saveAfterStreams, maxUnsavedBytes } = this.limits;
    return this.#unsaved.size >= saveAfterStreams || this.#unsavedBytes.used >= maxUnsavedBytes * RESERVE;
  }

  /**
   * Starts at the store's checkpoint, or continues from memory if that is known to build on it.
   * @throws StaleStateError, or any error of the store
   */
  async open(claim: WriterClaim): Promise<void> {
    if (!this.#claim || this.#stale) {
      this.#forget();
      const checkpoint = await this.store.open(claim);
      this.#checkpoint = this.#savingTo = this.#nextOffset = checkpoint;
      this.#complete = checkpoint === 0;
      this.#stale = false;
    }
    this.#claim = claim;
  }

  /** Forgets everything, also what was not saved: the log has it. */
  close(): void {
    this.#forget();
  }

  #forget(): void {
    this.#claim = undefined;
    this.#releaseBytes(this.#unsaved);
    this.#releaseBytes(this.#saving);
    this.#unsaved = new Map();
    this.#saving = new Map();
    this.#cached.clear();
    this.#nextOffset = this.#checkpoint = this.#savingTo = 0;
  }

  get(streamId: string): StreamRecord<State> | undefined {
    const found =
      (this.#unsaved.get(streamId) ?? this.#saving.get(streamId))?.record ?? this.#cached.get(streamId);
    return typeof found === 'string' ? recordFromJson<State>(found) : found;
  }

  #has(streamId: string): boolean {
    return this.#unsaved.has(streamId) || this.#saving.has(streamId) || this.#cached.has(streamId);
  }

  missing(streamIds: Iterable<string>): string[] {
    if (this.#complete) return [];
    return [...new Set(streamIds)].filter((streamId) => !this.#has(streamId));
  }

  /** Records now in memory. Take them before {@link load}, which may evict them. */
  known(streamIds: Iterable<string>): Map<string, StreamRecord<State>> {
    const records = new Map<string, StreamRecord<State>>();
    for (const streamId of streamIds) {
      const record = this.get(streamId);
      if (record) records.set(streamId, record);
    }
    return records;
  }

  /**
   * Loads streams from the store; those that do not exist are absent from the result.
   * @throws StaleStateError if the store has changed under this writer
   */
  async load(streamIds: readonly string[]): Promise<Map<string, StreamRecord<State>>> {
    if (!this.#claim) throw new Error('the states are not open');
    const { topic, partition } = this.#claim;
    // A running save may finish before or after this read.
    const possible = new Set([this.#checkpoint, this.#savingTo]);
    const { checkpoint, states } = await this.store.load(topic, partition, streamIds);
    possible.add(this.#checkpoint).add(this.#savingTo);
    if (checkpoint === undefined || !possible.has(checkpoint)) {
      this.#stale = true;
      throw new StaleStateError(
        `the states of ${topicPartitionKey({ topic, partition })} are no longer at ${this.#checkpoint}`,
      );
    }
    const loaded = new Map<string, StreamRecord<State>>();
    for (const { streamId, json } of states) {
      loaded.set(streamId, recordFromJson<State>(json));
      this.#cache(streamId, json);
    }
    return loaded;
  }

  /** Stores a stream whose events are in the log. `bytes` is the size of the new events. */
  put(streamId: string, record: StreamRecord<State>, bytes: number): void {
    const before = this.#unsaved.get(streamId)?.bytes ?? 0;
    // A state is about as large as its largest event. Small events do not add up, but remembered commands do.
    const size = Math.max(before, OVERHEAD_BYTES + bytes + COMMAND_BYTES * record.commands.length);
    const isNew = record.stream.version === 1;
    const { tenant } = record.stream;
    this.#unsaved.set(streamId, { record: isNew ? recordToJson(record) : record, tenant, bytes: size });
    this.#count(tenant, size - before);
    this.#nextOffset = Math.max(this.#nextOffset, record.lastOffset + 1);
  }

  /**
   * Folds events read from the log, and saves as needed to keep memory bounded.
   * @param hasGaps whether events may be missing: see {@link applyBehindGap}
   * @returns events that repeat a version of their stream. No owner appends these; they are foreign copies and are ignored.
   */
  async fold(events: readonly RecordedEvent[], hasGaps = false): Promise<readonly RecordedEvent[]> {
    if (this.full) await this.save();
    // Even a first event needs the lookup: a copy of it must not restart the stream.
    const streamIds = events.map(({ metadata }) => metadata.streamId);
    const missing = this.missing(streamIds);
    const known = missing.length > 0 ? this.known(streamIds) : new Map<string, StreamRecord<State>>();
    if (missing.length > 0) for (const [id, record] of await this.load(missing)) known.set(id, record);
    const repeats: RecordedEvent[] = [];
    for (const event of events) {
      const { streamId, version } = event.metadata;
      const before = this.get(streamId) ?? known.get(streamId) ?? emptyRecord(this.decider.initialState);
      const { offset } = event.position;
      if (version <= before.stream.version) {
        repeats.push(event);
        this.advanceTo(offset + 1);
        continue;
      }
      const apply = hasGaps ? applyBehindGap : applyToRecord;
      const record = apply(this.decider, before, event as RecordedEvent<Event>, offset);
      this.put(streamId, record, OVERHEAD_BYTES);
    }
    await this.#saveDownToLimit().catch((error: unknown) => {
      // The store may be unavailable as long as memory suffices.
      if (this.#stale || this.full) throw error;
    });
    return repeats;
  }

  /** A running save does not cover newer changes, so this may save several times. */
  async #saveDownToLimit(): Promise<void> {
    while (this.#claim && this.#unsaved.size >= this.limits.saveAfterStreams) await this.save();
  }

  /** Skips offsets without events, such as Kafka's control records. */
  advanceTo(offset: number): void {
    this.#nextOffset = Math.max(this.#nextOffset, offset);
  }

  /** Saves changes, or waits for the running save. @throws StaleStateError, or any error of the store */
  save(): Promise<void> {
    this.#writing ??= this.#write().finally(() => {
      this.#writing = undefined;
    });
    return this.#writing;
  }

  async #write(): Promise<void> {
    if (!this.#claim || this.#unsaved.size === 0) return;
    const batch = (this.#saving = this.#unsaved);
    this.#unsaved = new Map();
    this.#savingTo = this.#nextOffset;
    const rows = [...batch].map(([streamId, { record }]) => ({
      streamId,
      json: typeof record === 'string' ? record : recordToJson(record),
    }));
    try {
      await this.store.save(this.#claim, this.#checkpoint, this.#savingTo, rows);
      // A reset during the save has discarded this batch.
      if (this.#saving !== batch) return;
      this.#releaseBytes(batch);
      this.#checkpoint = this.#savingTo;
      for (const { streamId, json } of rows) this.#cache(streamId, json);
    } catch (error) {
      if (this.#saving === batch) this.#keepUnsaved(batch);
      if (error instanceof StaleStateError) this.#stale = true;
      throw error;
    } finally {
      if (this.#saving === batch) this.#saving = new Map();
    }
  }

  /** Returns a batch to the unsaved states without overwriting newer changes. */
  #keepUnsaved(batch: Entries<State>): void {
    for (const [streamId, entry] of batch) {
      if (this.#unsaved.has(streamId)) this.#count(entry.tenant, -entry.bytes);
      else this.#unsaved.set(streamId, entry);
    }
  }

  #releaseBytes(entries: Entries<State>): void {
    for (const { tenant, bytes } of entries.values()) this.#count(tenant, -bytes);
  }

  #count(tenant: string, bytes: number): void {
    if (bytes < 0) this.#unsavedBytes.give(tenant, -bytes);
    else this.#unsavedBytes.take(tenant, bytes);
    if (this.limits.together) this.limits.together.used += bytes;
  }

  #cache(streamId: string, json: string): void {
    this.#cached.set(streamId, json);
    // The cache drops an entry larger than itself.
    if (!this.#cached.has(streamId)) this.#complete = false;
  }
}
