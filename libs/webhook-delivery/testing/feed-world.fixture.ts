import type { SizedEvent } from '#libs/kernel';
import type { ActiveFeed } from '../core/feeds/active-feed.js';
import type { IndexedFeed } from '../core/feeds/feed-index.js';
import {
  type FeedEffect,
  type FeedInput,
  type FeedState,
  holdsScanAt,
  IDLE,
  idleCursorToSave,
} from '../core/partition/feed-state.js';
import { transition } from '../core/partition/feed-transition.js';
import type { SavedCursor } from '../core/ports.js';
import { feedOf } from './dispatch-harness.fixture.js';

const AT = { topic: 'orders', partition: 0 };
const DAY_MS = 86_400_000;

/** Whether each rule, in turn, owes the event. */
type LoggedEvent = readonly boolean[];
type Question = FeedEffect & { readonly kind: 'load' | 'look-up' | 'rewind' };

/** An active feed that only counts. */
interface Reader {
  readonly feed: ActiveFeed;
  readonly indexed: IndexedFeed;
  next: number;
  owed: number;
}

interface Save {
  readonly state: FeedState;
  readonly scannedOffset: number;
  readonly cursor: SavedCursor | undefined;
  readonly isPinned: boolean;
  readonly owed: number;
}

/**
 * One feed with its log, its database and the process that serves it. Every answer takes as long as the moves want, and
 * the process may be lost at any time.
 */
export class FeedWorld {
  state: FeedState = IDLE;
  readonly delivered = new Set<number>();
  readonly #log: LoggedEvent[] = [];
  /** Where each rule begins. */
  readonly #rules = [0];
  #stored: { cursor: SavedCursor | null; scannedOffset: number } = { cursor: null, scannedOffset: 0 };
  #heard: IndexedFeed | undefined;
  #scannedOffset = 0;
  #tailStart = 0;
  #questions: Question[] = [];
  #save: Save | undefined;
  #reader: Reader | undefined;
  #now = 0;

  /** What is owed by the rules as they are in the end. */
  get owed(): number[] {
    return [...this.#log.keys()].filter((offset) => this.#owes(offset, this.#rules.length));
  }

  publish(event: LoggedEvent): void {
    this.#log.push(event);
  }

  /** Matches the next events, as far as the process knows the rules. */
  scan(events: number): void {
    const end = Math.min(this.#log.length, this.#scannedOffset + events);
    for (let offset = this.#scannedOffset; offset < end; offset++) {
      const indexed = this.#heard;
      if (indexed && this.state.kind !== 'active' && this.#owes(offset, indexed.rulesRevision))
        this.#apply({ kind: 'owed', indexed, offset });
    }
    this.#scannedOffset = end;
  }

  /** Events before this are no longer in memory. */
  forget(events: number): void {
    this.#tailStart = Math.min(this.#log.length, this.#tailStart + events);
  }

  /** The active feed reads as far as all others. */
  work(): void {
    const reader = this.#reader;
    if (!reader || this.state.kind !== 'active') return;
    for (; reader.next < this.#scannedOffset; reader.next++) {
      if (!this.#owes(reader.next, reader.indexed.rulesRevision)) continue;
      this.delivered.add(reader.next);
      reader.owed++;
    }
  }

  /** Holds from here on; the process hears of it later. */
  change(): void {
    this.#rules.push(this.#log.length);
  }

  /** @param missed how many of the newest rules the process does not know yet */
  hear(missed = 0): void {
    this.#heard = this.#indexed(Math.max(1, this.#rules.length - missed));
    this.#apply({ kind: 'served', indexed: this.#heard, scannedOffset: this.#scannedOffset });
  }

  end(): void {
    this.#heard = undefined;
    this.#apply({ kind: 'ended', scannedOffset: this.#scannedOffset });
  }

  crash(): void {
    this.#apply({ kind: 'crashed', now: this.#now, firstPauseMs: 1 });
  }

  pass(): void {
    this.#now += DAY_MS;
    this.#apply({ kind: 'time', now: this.#now, scannedOffset: this.#scannedOffset });
  }

  endAttempts(): void {
    this.#apply({ kind: 'attempts-ended' });
  }

  answer(nth: number): void {
    const [question] = this.#questions.splice(nth % Math.max(1, this.#questions.length), 1);
    if (!question) return;
    const { indexed } = question;
    const scanned = { offset: this.#scannedOffset, inMemory: this.#inMemory() };
    const cursor = this.#cursor();
    const saved = cursor && { cursor, mayHaveBlockedLanes: false, isSaved: true };
    if (question.kind === 'look-up')
      return this.#apply({ kind: 'looked-up', indexed, saved: saved ?? undefined });
    if (question.kind === 'rewind') {
      const rewound = { ...question.saved, cursor: this.#rewound(question.saved.cursor, indexed) };
      return this.#apply({ kind: 'rewound', indexed, saved: rewound, scanned });
    }
    const isKnownIdle = cursor?.idle === true && cursor.rulesRevision === indexed.rulesRevision;
    this.#apply({ kind: 'loaded', indexed, saved: isKnownIdle ? undefined : saved, scanned });
  }

  beginSave(rests: boolean): void {
    const { state } = this;
    const isPinned = state.kind === 'stopping' && state.last.of === 'idle' && state.last.isPinned;
    this.#save = {
      state,
      isPinned,
      scannedOffset: Math.min(this.#scannedOffset, holdsScanAt(state)),
      cursor: idleCursorToSave(state)?.cursor ?? this.#activeCursor(rests),
      owed: this.#reader?.owed ?? 0,
    };
  }

  /** The save is written. @param isAnswered whether the process comes to know */
  write(isAnswered: boolean): void {
    const save = this.#save;
    this.#save = undefined;
    if (!save) return;
    const { scannedOffset, isPinned, state } = save;
    const cursor = save.cursor ?? this.#stored.cursor;
    const isIdle = cursor?.idle === true;
    const pinned = isPinned &&
      isIdle && { ...cursor, idle: false, watermark: this.#placeOf(cursor, scannedOffset) };
    this.#stored = { cursor: pinned || cursor, scannedOffset };
    if (!isAnswered) return;
    if (this.state === state) this.#apply({ kind: 'saved' });
    const isQuiet = this.#reader?.next === this.#scannedOffset && this.#reader.owed === save.owed;
    if (save.cursor?.idle && state.kind === 'active' && this.state === state && isQuiet)
      this.#apply({ kind: 'out-of-work' });
  }

  /** Another process takes over, which may have heard of fewer changes. */
  restart(missed: number): void {
    this.state = IDLE;
    this.#questions = [];
    this.#save = this.#reader = undefined;
    this.#scannedOffset = this.#stored.scannedOffset;
    this.#tailStart = this.#log.length;
    if (this.#heard) return this.hear(missed);
    const { cursor, scannedOffset } = this.#stored;
    if (cursor?.idle)
      this.#stored.cursor = { ...cursor, idle: false, watermark: this.#placeOf(cursor, scannedOffset) };
  }

  /** All is heard, answered, read and saved. */
  settle(): void {
    this.hear();
    for (let round = 0; round < 10; round++) {
      this.endAttempts();
      this.beginSave(false);
      this.write(true);
      this.pass();
      while (this.#questions.length > 0) this.answer(0);
      this.scan(Infinity);
      this.work();
    }
  }

  #apply(input: FeedInput): void {
    const { state, effects } = transition(this.state, input);
    this.state = state;
    for (const effect of effects) {
      if (effect.kind === 'load' || effect.kind === 'look-up' || effect.kind === 'rewind')
        this.#questions.push(effect);
      if (effect.kind === 'dismiss') this.#reader = undefined;
      if (effect.kind === 'activate') {
        const feed = { feedId: 'sub-1' } as ActiveFeed;
        const { indexed, saved } = effect;
        this.#reader = { feed, indexed, next: saved.cursor.watermark, owed: 0 };
        this.#apply({ kind: 'activated', active: feed, now: this.#now });
      }
    }
  }

  #indexed(rulesRevision: number): IndexedFeed {
    const matches: IndexedFeed['matches'] = ({ position }) => this.#owes(position.offset, rulesRevision);
    return { feed: feedOf(), rulesRevision, matches };
  }

  #owes(offset: number, rulesRevision: number): boolean {
    const rule = this.#rules.slice(0, rulesRevision).findLastIndex((from) => from <= offset);
    const event = this.#log[offset] ?? [];
    return event[rule % event.length] ?? false;
  }

  #inMemory() {
    const [first, next] = [this.#tailStart, this.#log.length];
    const events = Array.from({ length: next - first }, (_, nth) => {
      const position = { ...AT, offset: first + nth };
      return { position } as SizedEvent;
    });
    return { ...AT, first, next, events };
  }

  #activeCursor(rests: boolean): SavedCursor | undefined {
    const reader = this.#reader;
    const { kind } = this.state;
    if (!reader || (kind !== 'active' && kind !== 'stopping')) return undefined;
    const { rulesRevision } = reader.indexed;
    const idle = rests && kind === 'active' && reader.next === this.#scannedOffset;
    return {
      watermark: reader.next,
      finished: [],
      previousEventId: null,
      idle,
      rulesRevision,
      generation: 0,
    };
  }

  /** As the database gives it: an idle cursor is as far as the scanned offset. */
  #cursor(): SavedCursor | null {
    const { cursor, scannedOffset } = this.#stored;
    return cursor?.idle ? { ...cursor, watermark: this.#placeOf(cursor, scannedOffset) } : cursor;
  }

  #placeOf({ watermark }: SavedCursor, scannedOffset: number): number {
    return Math.max(watermark, scannedOffset);
  }

  #rewound(cursor: SavedCursor, { rulesRevision }: IndexedFeed): SavedCursor {
    const from = this.#rules[cursor.rulesRevision] ?? 0;
    for (let offset = from; offset < cursor.watermark; offset++) {
      if (this.#owes(offset, rulesRevision) && !this.#owes(offset, cursor.rulesRevision))
        return { ...cursor, watermark: offset, idle: false, rulesRevision };
    }
    return { ...cursor, rulesRevision };
  }
}
