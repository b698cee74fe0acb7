import { type EventBatch, type SizedEvent, topicPartitionKey } from '#libs/kernel';
import type { ActiveFeed, SavedFeed } from '../feeds/active-feed.js';
import type { IndexedFeed } from '../feeds/feed-index.js';

/**
 * The state of one feed in one partition.
 *
 * ```
 *                        owed an event
 *           ┌───────────────────────────────────────┐
 *           │ ┌── served: new or changed ─────────┐ │
 *           │ │                                   ▼ ▼
 *         idle ◄──────── owed nothing ───────── loading ◄──── retry is due ─────┐
 *           ▲ ▲                                   │ ▲                           │
 *           │ │         owed something, or behind │ │ changed, and saved        │
 *           │ │                                   ▼ │                           │
 *           │ └── out of work, and saved ───── active ── crashed ──┐         backoff
 *           │                                   │   │              │            ▲
 *           │             changed, ended, or    ▼   │              ▼            │
 *           └── saved ──── the partition stops ─► stopping ◄───────┘── saved ───┘
 * ```
 *
 * Whatever ends passes through `stopping` until its cursor is saved, also from `idle`, `loading` and `backoff`: an idle
 * cursor is pinned, so that it stays where the feed ended.
 */
export type FeedState = IdleFeed | LoadingFeed | ServingFeed | StoppingFeed | BackingOffFeed;

/** Owed nothing, so its cursor moves with the scanned offset. */
export interface IdleFeed {
  readonly kind: 'idle';
  /** The cursor while the database does not say yet that the feed is idle, or names older rules. */
  readonly unsaved: SavedFeed | undefined;
}

/** Its cursor is being loaded, and is rewound if it was matched against older rules. */
export interface LoadingFeed {
  readonly kind: 'loading';
  readonly step: LoadingStep;
  readonly indexed: IndexedFeed;
  /** If the cursor turns out to be idle, events from here on have not been matched against the feed. */
  readonly since: number;
  readonly failures: number;
}

/**
 * The result that a loading feed waits for; any other is out of date. `idle-cursor`: of a feed that was idle and is owed
 * an event. `newer-rules`: a former owner knew them, and serving by older ones would skip events that they owe.
 */
export type LoadingStep = 'cursor' | 'idle-cursor' | 'rewind' | 'newer-rules' | 'activation';

/** Delivers. */
export interface ServingFeed {
  readonly kind: 'active';
  readonly active: ActiveFeed;
  readonly indexed: IndexedFeed;
  readonly activatedAt: number;
  readonly failures: number;
}

/** Attempts in flight get time to end, and what was done is saved, before anything else happens to the feed. */
export interface StoppingFeed {
  readonly kind: 'stopping';
  readonly last: LastSave;
  readonly next: AfterStop;
  /** As for a loading feed, or where an idle cursor is to be pinned; infinite if the cursor is saved as active. */
  readonly since: number;
  readonly failures: number;
}

export type LastSave =
  | { readonly of: 'active'; readonly active: ActiveFeed; readonly attemptsEnded: boolean }
  | { readonly of: 'idle'; readonly cursor: SavedFeed | undefined; readonly isPinned: boolean };

export type AfterStop =
  | { readonly kind: 'end' }
  | { readonly kind: 'load'; readonly indexed: IndexedFeed }
  | { readonly kind: 'retry'; readonly indexed: IndexedFeed; readonly at: number };

/** Crashed. It continues at its saved cursor when its time has come. */
export interface BackingOffFeed {
  readonly kind: 'backoff';
  readonly indexed: IndexedFeed;
  readonly until: number;
  readonly failures: number;
}

/** How far events were matched, and those in memory. */
export interface ScannedEvents {
  readonly offset: number;
  readonly inMemory: EventBatch<SizedEvent>;
}

export type FeedInput =
  /** The feed is new or changed, or its partition was claimed. */
  | { readonly kind: 'served'; readonly indexed: IndexedFeed; readonly scannedOffset: number }
  /** The feed is no longer served. */
  | { readonly kind: 'ended'; readonly scannedOffset: number }
  /** An event at this offset, or a blocked lane, is owed to the feed. */
  | { readonly kind: 'owed'; readonly indexed: IndexedFeed; readonly offset: number }
  /** `null`: a new feed. `undefined`: saved as idle by these rules, or a replay that does not cover this partition. */
  | {
      readonly kind: 'loaded';
      readonly indexed: IndexedFeed;
      readonly saved: SavedFeed | null | undefined;
      readonly scanned: ScannedEvents;
    }
  /** The cursor of a feed that was idle; `undefined` without one. */
  | { readonly kind: 'looked-up'; readonly indexed: IndexedFeed; readonly saved: SavedFeed | undefined }
  | {
      readonly kind: 'rewound';
      readonly indexed: IndexedFeed;
      readonly saved: SavedFeed;
      readonly scanned: ScannedEvents;
    }
  | { readonly kind: 'activated'; readonly active: ActiveFeed; readonly now: number }
  /** The active feed has no work left, and that is saved. */
  | { readonly kind: 'out-of-work' }
  | { readonly kind: 'crashed'; readonly now: number; readonly firstPauseMs: number }
  | { readonly kind: 'attempts-ended' }
  /** All that this very state has to save is durable. */
  | { readonly kind: 'saved' }
  | { readonly kind: 'time'; readonly now: number; readonly scannedOffset: number }
  /** The partition stops. */
  | { readonly kind: 'stop' }
  /** Another dispatcher owns the partition, or a bug ended it: nothing more can be saved. */
  | { readonly kind: 'lost' };

export type FeedEffect =
  /** Load the cursor, whatever it is. */
  | { readonly kind: 'load'; readonly indexed: IndexedFeed }
  /** Load the cursor of a feed that was idle. */
  | { readonly kind: 'look-up'; readonly indexed: IndexedFeed }
  | { readonly kind: 'rewind'; readonly indexed: IndexedFeed; readonly saved: SavedFeed }
  /** Report that the feed waits for newer rules. */
  | { readonly kind: 'report-newer-rules' }
  | { readonly kind: 'activate'; readonly indexed: IndexedFeed; readonly saved: SavedFeed }
  /** Give attempts in flight time to end. */
  | { readonly kind: 'stop'; readonly active: ActiveFeed }
  /** Stop at once; nothing of it is saved. */
  | { readonly kind: 'dismiss'; readonly active: ActiveFeed }
  /** Save soon: something waits for it. */
  | { readonly kind: 'save' };

export interface Transition {
  readonly state: FeedState;
  readonly effects: readonly FeedEffect[];
}

/** A feed that has nothing to save. It needs no entry anywhere, so that idle feeds cost nothing. */
export const IDLE: IdleFeed = { kind: 'idle', unsaved: undefined };

/** A feed that ran for this long starts over with the shortest backoff. */
const RECOVERED_AFTER_MS = 60_000;
const LONGEST_BACKOFF_MS = 60_000;

/** What becomes of a feed, and what has to be done. Each result of an effect is an input again. */
export function transition(state: FeedState, input: FeedInput): Transition {
  switch (state.kind) {
    case 'idle':
      return ofIdle(state, input);
    case 'loading':
      return ofLoading(state, input);
    case 'active':
      return ofActive(state, input);
    case 'stopping':
      return ofStopping(state, input);
    case 'backoff':
      return ofBackingOff(state, input);
    default:
      return unreachable(state);
  }
}

/**
 * Up to where the cursors of all idle feeds may move as far as this feed is concerned: not past an event that still has
 * to be matched against it. Infinite if it does not matter.
 */
export function holdsScanAt(state: FeedState): number {
  return state.kind === 'loading' || state.kind === 'stopping' ? state.since : Infinity;
}

/** An idle cursor that has to be saved, as idle or, for a feed that ended, as active. */
export function idleCursorToSave(state: FeedState): SavedFeed | undefined {
  if (state.kind === 'idle') return state.unsaved;
  return state.kind === 'stopping' && state.last.of === 'idle' ? state.last.cursor : undefined;
}

/** Moves the cursor of a feed that was owed nothing below this offset. */
export const advancedTo = (saved: SavedFeed, offset: number): SavedFeed => ({
  ...saved,
  cursor: { ...saved.cursor, watermark: Math.max(saved.cursor.watermark, offset), finished: [] },
});

function ofIdle(state: IdleFeed, input: FeedInput): Transition {
  const { unsaved } = state;
  switch (input.kind) {
    case 'served': {
      const { indexed, scannedOffset: since } = input;
      if (!unsaved) return load({ indexed, since, failures: 0 });
      return {
        state: {
          kind: 'stopping',
          last: { of: 'idle', cursor: unsaved, isPinned: false },
          next: { kind: 'load', indexed },
          since,
          failures: 0,
        },
        effects: [{ kind: 'save' }],
      };
    }
    case 'ended':
      return stay(pinnedAt(input.scannedOffset, unsaved));
    case 'owed': {
      const { indexed, offset: since } = input;
      const loading = { indexed, since, failures: 0 };
      if (unsaved) return activate(loading, { ...advancedTo(unsaved, since), isSaved: false });
      return {
        state: { kind: 'loading', step: 'idle-cursor', ...loading },
        effects: [{ kind: 'look-up', indexed }],
      };
    }
    case 'saved':
      return stay(IDLE);
    case 'activated':
      return { state, effects: [{ kind: 'dismiss', active: input.active }] };
    case 'loaded':
    case 'looked-up':
    case 'rewound':
    case 'out-of-work':
    case 'crashed':
    case 'attempts-ended':
    case 'time':
    case 'stop':
    case 'lost':
      return stay(state);
    default:
      return unreachable(input);
  }
}

function ofLoading(state: LoadingFeed, input: FeedInput): Transition {
  const { step, indexed, since, failures } = state;
  switch (input.kind) {
    case 'served':
      return load({ indexed: input.indexed, since, failures });
    case 'ended':
      return stay(pinnedAt(since));
    case 'loaded':
      return step === 'cursor' && input.indexed === indexed
        ? ofLoaded(state, input.saved, input.scanned)
        : stay(state);
    case 'looked-up': {
      if (step !== 'idle-cursor' || input.indexed !== indexed) return stay(state);
      const { saved } = input;
      // Its rules changed since it became idle, and the cursor has to be rewound.
      if (saved?.cursor.rulesRevision !== indexed.rulesRevision) return load(state);
      // Not idle: a replay at its end, for example.
      if (!saved.cursor.idle) return activate(state, saved);
      return activate(state, { ...advancedTo(saved, since), isSaved: false });
    }
    case 'rewound':
      return step === 'rewind' && input.indexed === indexed
        ? ofCurrent(state, { ...input.saved, isSaved: false }, input.scanned)
        : stay(state);
    case 'activated': {
      const { active, now } = input;
      if (step === 'activation') return stay({ kind: 'active', active, indexed, activatedAt: now, failures });
      return { state, effects: [{ kind: 'dismiss', active }] };
    }
    // It will read from its own cursor, or look back from `since`.
    case 'owed':
    case 'out-of-work':
    case 'crashed':
    case 'attempts-ended':
    case 'saved':
    case 'time':
    // It still holds the scanned offset for the last save.
    case 'stop':
    case 'lost':
      return stay(state);
    default:
      return unreachable(input);
  }
}

function ofActive(state: ServingFeed, input: FeedInput): Transition {
  const { active, activatedAt, indexed } = state;
  switch (input.kind) {
    case 'served': {
      const { indexed: changed, scannedOffset: since } = input;
      return stopActive(state, { next: { kind: 'load', indexed: changed }, since });
    }
    case 'ended':
      return stopActive({ ...state, failures: 0 }, { next: { kind: 'end' } });
    case 'stop':
      return stopActive(state, { next: { kind: 'end' } });
    case 'crashed': {
      const { now, firstPauseMs } = input;
      const failures = now - activatedAt < RECOVERED_AFTER_MS ? state.failures : 0;
      const at = now + Math.min(LONGEST_BACKOFF_MS, firstPauseMs * 2 ** failures);
      return stopActive({ ...state, failures: failures + 1 }, { next: { kind: 'retry', indexed, at } });
    }
    case 'out-of-work':
    case 'lost':
      return { state: IDLE, effects: [{ kind: 'dismiss', active }] };
    case 'activated':
      return { state, effects: [{ kind: 'dismiss', active: input.active }] };
    case 'owed':
    case 'loaded':
    case 'looked-up':
    case 'rewound':
    case 'attempts-ended':
    case 'saved':
    case 'time':
      return stay(state);
    default:
      return unreachable(input);
  }
}

function ofStopping(state: StoppingFeed, input: FeedInput): Transition {
  const { last, next, since, failures } = state;
  switch (input.kind) {
    case 'served':
      return {
        state: {
          ...state,
          next: { kind: 'load', indexed: input.indexed },
          since: Math.min(since, input.scannedOffset),
        },
        effects: last.of === 'idle' ? [{ kind: 'save' }] : [],
      };
    case 'ended':
      // The last save of an active feed says that it is active, and where.
      if (last.of === 'active')
        return stay({ ...state, next: { kind: 'end' }, since: Infinity, failures: 0 });
      return stay(pinnedAt(since, last.cursor));
    case 'attempts-ended':
      if (last.of !== 'active') return stay(state);
      return { state: { ...state, last: { ...last, attemptsEnded: true } }, effects: [{ kind: 'save' }] };
    case 'saved':
      if (last.of === 'active' && !last.attemptsEnded) return stay(state);
      if (next.kind === 'load') return load({ indexed: next.indexed, since, failures });
      if (next.kind === 'retry')
        return stay({ kind: 'backoff', indexed: next.indexed, until: next.at, failures });
      return stay(IDLE);
    case 'activated':
      return { state, effects: [{ kind: 'dismiss', active: input.active }] };
    // It will read from its own cursor, or look back from `since`.
    case 'owed':
    case 'loaded':
    case 'looked-up':
    case 'rewound':
    case 'out-of-work':
    case 'crashed':
    case 'time':
    case 'stop':
    case 'lost':
      return stay(state);
    default:
      return unreachable(input);
  }
}

function ofBackingOff(state: BackingOffFeed, input: FeedInput): Transition {
  const { indexed, failures } = state;
  switch (input.kind) {
    case 'served':
      return load({ indexed: input.indexed, since: input.scannedOffset, failures });
    case 'ended':
      return stay(pinnedAt(input.scannedOffset));
    case 'time':
      return input.now < state.until ? stay(state) : load({ indexed, since: input.scannedOffset, failures });
    case 'activated':
      return { state, effects: [{ kind: 'dismiss', active: input.active }] };
    // It will read from its own cursor.
    case 'owed':
    case 'loaded':
    case 'looked-up':
    case 'rewound':
    case 'out-of-work':
    case 'crashed':
    case 'attempts-ended':
    case 'saved':
    case 'stop':
    case 'lost':
      return stay(state);
    default:
      return unreachable(input);
  }
}

type Loading = Pick<LoadingFeed, 'indexed' | 'since' | 'failures'>;

function ofLoaded(
  state: LoadingFeed,
  saved: SavedFeed | null | undefined,
  scanned: ScannedEvents,
): Transition {
  const { indexed, since } = state;
  if (saved === null) return begin(state, scanned);
  if (saved === undefined) {
    const isOwed = indexed.feed.replayId === null && mayBeOwed(indexed, since, scanned);
    if (!isOwed) return stay(IDLE);
    return { state: { ...state, step: 'idle-cursor' }, effects: [{ kind: 'look-up', indexed }] };
  }
  const { rulesRevision, idle } = saved.cursor;
  const known = idle ? advancedTo(saved, since) : saved;
  if (rulesRevision === indexed.rulesRevision) return ofCurrent(state, known, scanned);
  if (rulesRevision < indexed.rulesRevision)
    return { state: { ...state, step: 'rewind' }, effects: [{ kind: 'rewind', indexed, saved: known }] };
  return { state: { ...state, step: 'newer-rules' }, effects: [{ kind: 'report-newer-rules' }] };
}

/** A feed without a cursor starts where it says, or is idle at once if it is known to be owed nothing so far. */
function begin(state: LoadingFeed, scanned: ScannedEvents): Transition {
  const { feed, rulesRevision } = state.indexed;
  const watermark = feed.start[topicPartitionKey(scanned.inMemory)] ?? 0;
  const idle = feed.replayId === null && watermark <= scanned.offset;
  const cursor = { watermark, finished: [], previousEventId: null, idle, rulesRevision, generation: 0 };
  return ofCurrent(state, { cursor, mayHaveBlockedLanes: false, isSaved: false }, scanned);
}

/** The cursor agrees with the rules. */
function ofCurrent(state: LoadingFeed, saved: SavedFeed, scanned: ScannedEvents): Transition {
  if (!saved.cursor.idle) return activate(state, saved);
  const isOwed = mayBeOwed(state.indexed, saved.cursor.watermark, scanned);
  return isOwed ? activate(state, { ...saved, isSaved: false }) : stay({ kind: 'idle', unsaved: saved });
}

/** Whether the feed is owed an event that was scanned from there on, or that is no longer in memory. */
function mayBeOwed({ matches }: IndexedFeed, from: number, { offset, inMemory }: ScannedEvents): boolean {
  if (from >= offset) return false;
  if (from < inMemory.first || offset > inMemory.next) return true;
  const isOwed = (event: SizedEvent): boolean =>
    event.position.offset >= from && event.position.offset < offset && matches(event);
  return inMemory.events.some(isOwed);
}

const stay = (state: FeedState): Transition => ({ state, effects: [] });

const load = ({ indexed, since, failures }: Loading): Transition => ({
  state: { kind: 'loading', step: 'cursor', indexed, since, failures },
  effects: [{ kind: 'load', indexed }],
});

const activate = ({ indexed, since, failures }: Loading, saved: SavedFeed): Transition => ({
  state: { kind: 'loading', step: 'activation', indexed, since, failures },
  effects: [{ kind: 'activate', indexed, saved }],
});

function stopActive(
  { active, failures }: ServingFeed,
  { next, since = Infinity }: { readonly next: AfterStop; readonly since?: number },
): Transition {
  const last: LastSave = { of: 'active', active, attemptsEnded: false };
  return {
    state: { kind: 'stopping', last, next, since, failures },
    effects: [{ kind: 'stop', active }],
  };
}

/** A feed that ended while it was not active: its idle cursor stays here while nobody serves it. */
function pinnedAt(since: number, unsaved?: SavedFeed): StoppingFeed {
  const cursor = unsaved && asActive(advancedTo(unsaved, since));
  return {
    kind: 'stopping',
    last: { of: 'idle', cursor, isPinned: true },
    next: { kind: 'end' },
    since,
    failures: 0,
  };
}

const asActive = (saved: SavedFeed): SavedFeed => ({ ...saved, cursor: { ...saved.cursor, idle: false } });

function unreachable(unknown: never): never {
  throw new Error(`this case does not exist: ${JSON.stringify(unknown)}`);
}
