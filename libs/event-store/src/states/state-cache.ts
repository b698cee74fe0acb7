import { LRUCache } from 'lru-cache';
import { type Decider, type DomainEvent, type RecordedEvent, TenantShares } from '#libs/kernel';
import { type WriterClaim, StaleStateError, type StateStore } from './state-store.js';
import { applyBehindGap, applyToRecord, emptyRecord, type StreamRecord } from './stream-record.js';
import { recordFromJson, recordToJson } from './stream-record-json.js';

export interface StateLimits {
  /** Of the states of one partition that are saved and kept at hand, as JSON. */
  readonly maxCachedBytes: number;
  /** Of those that are not saved yet: past it, commands are refused. */
  readonly maxUnsavedBytes: number;
  /** So many unsaved streams are saved at once: more would hold everything else up while they are made into text. */
  readonly saveAfterStreams: number;
}

interface Entry<State> {
  /** As text when the stream is new: many are made and few needed again soon, see {@link StateCache}. */
  readonly record: StreamRecord<State> | string;
  readonly tenant: string;
  /** About what it takes. */
  readonly bytes: number;
}

type Entries<State> = Map<string, Entry<State>>;

/** Part of the room for unsaved states that one who takes much is kept out of. */
const RESERVE = 0.25;
/** An entry of next to nothing still takes this. */
const OVERHEAD_BYTES = 300;
/** A command that is remembered takes about this. */
const COMMAND_BYTES = 200;

/**
 * The streams of one partition as the log tells them, and how far it has been read.
 *
 *   folded ─► unsaved ──save──► saving ─► cached ─► (evicted; loaded from the store when needed again)
 *
 * Cached ones are kept as text: most are not needed again soon, and the memory of many small objects costs more, in size
 * and in work for the garbage collector, than making them again.
 */
export class StateCache<State, Event extends DomainEvent> {
  #claim: WriterClaim | undefined;
  /** The store is not as it was left: what is in memory no longer goes with it. */
  #stale = false;
  #unsaved: Entries<State> = new Map();
  readonly #unsavedBytes: TenantShares;
  #saving: Entries<State> = new Map();
  #writing: Promise<void> | undefined;
  /** Checkpoint of the store, as far as known here, and the one that is being saved. */
  #checkpoint = 0;
  #savingTo = 0;
  readonly #cached: LRUCache<string, string>;
  /** Whether every stream of the partition is in memory: what is not there does not exist. */
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

  /** Where the next event of the partition is expected. */
  get nextOffset(): number {
    return this.#nextOffset;
  }

  /** Streams in memory. */
  get size(): number {
    return this.#unsaved.size + this.#saving.size + this.#cached.size;
  }

  get unsaved(): number {
    return this.#unsaved.size;
  }

  /** Whether the states must be {@link open}ed anew before they are relied on. */
  get stale(): boolean {
    return this.#stale;
  }

  /** Too much is unsaved to take on more. */
  get full(): boolean {
    return this.#unsavedBytes.used > this.limits.maxUnsavedBytes;
  }

  /** What is left is for tenants that have less than others, or nothing, unsaved. */
  isFullFor(tenant: string): boolean {
    const isReserve = this.#unsavedBytes.used > this.limits.maxUnsavedBytes * (1 - RESERVE);
    return this.full || (isReserve && this.#unsavedBytes.holdsMuch(tenant));
  }

  /** So much that it should be saved soon. */
  get shouldSaveSoon(): boolean {
    const { saveAfterStreams, maxUnsavedBytes } = this.limits;
    return this.#unsaved.size >= saveAfterStreams || this.#unsavedBytes.used >= maxUnsavedBytes * RESERVE;
  }

  /**
   * Begins at the store's checkpoint, or goes on from what is in memory where that is known to follow from it.
   * @throws StaleStateError, or whatever keeps the store from answering.
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

  #forget(): void {
    this.#claim = undefined;
    this.#giveBack(this.#unsaved);
    this.#giveBack(this.#saving);
    this.#unsaved = new Map();
    this.#saving = new Map();
    this.#cached.clear();
    this.#nextOffset = this.#checkpoint = this.#savingTo = 0;
  }

  /** What is in memory. */
  get(streamId: string): StreamRecord<State> | undefined {
    const found =
      (this.#unsaved.get(streamId) ?? this.#saving.get(streamId))?.record ?? this.#cached.get(streamId);
    return typeof found === 'string' ? recordFromJson<State>(found) : found;
  }

  #has(streamId: string): boolean {
    return this.#unsaved.has(streamId) || this.#saving.has(streamId) || this.#cached.has(streamId);
  }

  /** Those that only the store can tell about. */
  missing(streamIds: Iterable<string>): string[] {
    if (this.#complete) return [];
    return [...new Set(streamIds)].filter((streamId) => !this.#has(streamId));
  }

  /** Those in memory, for who must have them while others are loaded: that may push them out. */
  known(streamIds: Iterable<string>): Map<string, StreamRecord<State>> {
    const records = new Map<string, StreamRecord<State>>();
    for (const streamId of streamIds) {
      const record = this.get(streamId);
      if (record) records.set(streamId, record);
    }
    return records;
  }

  /**
   * Asks the store; streams that do not exist are not in the answer.
   * @throws StaleStateError when the store is not as it was left.
   */
  async load(streamIds: readonly string[]): Promise<Map<string, StreamRecord<State>>> {
    if (!this.#claim) throw new Error('the states are not open');
    const { topic, partition } = this.#claim;
    // A save that is under way may end before or after the store looks.
    const possible = new Set([this.#checkpoint, this.#savingTo]);
    const { checkpoint, states } = await this.store.load(topic, partition, streamIds);
    possible.add(this.#checkpoint).add(this.#savingTo);
    if (checkpoint === undefined || !possible.has(checkpoint)) {
      this.#stale = true;
      throw new StaleStateError(
        `the states of ${topic}/${partition} are not at ${this.#checkpoint} any more`,
      );
    }
    const loaded = new Map<string, StreamRecord<State>>();
    for (const { streamId, json } of states) {
      loaded.set(streamId, recordFromJson<State>(json));
      this.#cache(streamId, json);
    }
    return loaded;
  }

  /** What a command led to: it is in the log. `bytes` is the size of its events. */
  put(streamId: string, record: StreamRecord<State>, bytes: number): void {
    const before = this.#unsaved.get(streamId)?.bytes ?? 0;
    // A state is about as large as its largest event: many small ones do not add up, but for the commands remembered.
    const size = Math.max(before, OVERHEAD_BYTES + bytes + COMMAND_BYTES * record.commands.length);
    const isNew = record.stream.version === 1;
    const { tenant } = record.stream;
    this.#unsaved.set(streamId, { record: isNew ? recordToJson(record) : record, tenant, bytes: size });
    this.#unsavedBytes.take(tenant, size - before);
    this.#nextOffset = Math.max(this.#nextOffset, record.lastOffset + 1);
  }

  /**
   * Folds events in that were read from the log, and saves now and then, so that memory stays bounded.
   * @param hasGaps whether events may be missing: see {@link applyBehindGap}
   * @returns those that repeat a version that their stream had already. No owner appends one: they are copies that somebody
   * else has appended, and nothing follows from them.
   */
  async fold(events: readonly RecordedEvent[], hasGaps = false): Promise<readonly RecordedEvent[]> {
    if (this.full) await this.save();
    // Also before the first event of a stream: a copy of it must not begin the stream anew.
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
      // The store may be away for a while, as long as there is room.
      if (this.#stale || this.full) throw error;
    });
    return repeats;
  }

  /** A save that is under way leaves what has come since: then another. */
  async #saveDownToLimit(): Promise<void> {
    while (this.#claim && this.#unsaved.size >= this.limits.saveAfterStreams) await this.save();
  }

  /** Passes over offsets that hold no event, such as Kafka's control records. */
  advanceTo(offset: number): void {
    this.#nextOffset = Math.max(this.#nextOffset, offset);
  }

  /** Saves what has changed; or, while a save is under way, waits for that one. @throws StaleStateError, or whatever keeps the store from answering. */
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
      // A reset in the meantime has thrown all of it away.
      if (this.#saving !== batch) return;
      this.#giveBack(batch);
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

  /** Back to the unsaved, below what has changed since. */
  #keepUnsaved(batch: Entries<State>): void {
    for (const [streamId, entry] of batch) {
      if (this.#unsaved.has(streamId)) this.#unsavedBytes.give(entry.tenant, entry.bytes);
      else this.#unsaved.set(streamId, entry);
    }
  }

  #giveBack(entries: Entries<State>): void {
    for (const { tenant, bytes } of entries.values()) this.#unsavedBytes.give(tenant, bytes);
  }

  #cache(streamId: string, json: string): void {
    this.#cached.set(streamId, json);
    // One that is larger than the whole cache is not kept.
    if (!this.#cached.has(streamId)) this.#complete = false;
  }
}
