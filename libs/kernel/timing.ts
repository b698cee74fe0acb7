/** Time as a dependency, so that tests can set it. */
export interface Clock {
  /** Milliseconds since 1970 in UTC. */
  now(): number;
  /** Milliseconds since an arbitrary moment. Never goes back, so it measures durations even when somebody sets the time. */
  monotonic(): number;
  /** Calls back after the time, unless it is cancelled by what it returns. Costs less than a sleep with its own signal. */
  after(ms: number, callback: () => void): () => void;
  /** Calls back at each interval, until it is cancelled by what it returns. Does not keep the process alive. */
  every(ms: number, callback: () => void): () => void;
  /** Resolves after the time, or as soon as the signal aborts. Never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after: (ms, callback) => {
    const timer = setTimeout(callback, ms);
    return () => clearTimeout(timer);
  },
  every: (ms, callback) => {
    const timer = setInterval(callback, ms);
    timer.unref();
    return () => clearInterval(timer);
  },
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      const cancel = systemClock.after(ms, () => {
        unsubscribe?.();
        resolve();
      });
      const unsubscribe =
        signal &&
        onAbort(signal, () => {
          cancel();
          resolve();
        });
    }),
};

/** Waits for the work, at most for a time. Its result and its failure are ignored. */
export function withTimeout(ms: number, work: Promise<unknown>, clock: Clock): Promise<void> {
  return new Promise((resolve) => {
    const cancel = clock.after(ms, resolve);
    const end = (): void => {
      cancel();
      resolve();
    };
    work.then(end, end);
  });
}

/** The result of the work, or `undefined` once the signal aborts: the work goes on then, and what becomes of it is ignored. */
export function unlessAborted<Value>(work: Promise<Value>, signal: AbortSignal): Promise<Value | undefined> {
  return new Promise((resolve, reject) => {
    const unsubscribe = onAbort(signal, () => resolve(undefined));
    work.then(resolve, reject).finally(unsubscribe);
  });
}

/**
 * One native listener for each signal, however many wait for it: Node walks its list of listeners at every addition, and
 * warns of a leak from the eleventh on, while thousands of deliveries may wait for one stop.
 */
const listenersOf = new WeakMap<AbortSignal, Set<() => void>>();

/**
 * Calls the listener when the signal aborts, at once if it has. Returns how to unsubscribe. A listener that throws keeps no
 * other from being called; its error becomes an uncaught exception, which stops the process in an orderly way.
 */
export function onAbort(signal: AbortSignal, listener: () => void): () => void {
  if (signal.aborted) {
    listener();
    return () => undefined;
  }
  const listeners = listenersOf.get(signal) ?? listenTo(signal);
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function listenTo(signal: AbortSignal): Set<() => void> {
  const listeners = new Set<() => void>();
  listenersOf.set(signal, listeners);
  const tell = (): void => {
    for (const listener of listeners) {
      try {
        listener();
      } catch (error) {
        queueMicrotask(() => {
          throw error;
        });
      }
    }
    listeners.clear();
  };
  signal.addEventListener('abort', tell, { once: true });
  return listeners;
}

/** Returns a number in [0, 1). */
export type Random = () => number;

interface BackoffLimits {
  /** Delay after the first failure; doubles with each further one. */
  readonly initialDelayMs: number;
  /** Limit of the doubling. Jitter adds up to a quarter. */
  readonly maxDelayMs: number;
}

/** The largest share by which chance lengthens a wait. */
const JITTER = 0.25;

/**
 * Delay after a failed attempt, in milliseconds: doubled each time up to the maximum, plus up to a quarter of jitter.
 * Jitter only adds, so the attempts span at least the time that the limits promise.
 * @param failures attempts so far, from 1
 */
export function backoffMs(
  { initialDelayMs, maxDelayMs }: BackoffLimits,
  failures: number,
  random: Random,
): number {
  // 2^1024 is Infinity, which the minimum takes care of.
  const planned = Math.min(maxDelayMs, initialDelayMs * 2 ** (failures - 1));
  return Math.floor(planned * (1 + JITTER * random()));
}

const PAUSE = { initialDelayMs: 200, maxDelayMs: 5_000 };

export interface RetryPorts {
  readonly clock: Clock;
  readonly random: Random;
}

/** Retries work with backoff until it succeeds. `undefined` when stopped before. */
export async function retryUntilStopped<Value>(
  work: () => Promise<Value>,
  onFailure: (error: Error) => void,
  { clock, random }: RetryPorts,
  stop: AbortSignal,
): Promise<Value | undefined> {
  for (let failures = 1; !stop.aborted; failures++) {
    try {
      return await work();
    } catch (error) {
      onFailure(error as Error);
    }
    await clock.sleep(backoffMs(PAUSE, failures, random), stop);
  }
  return undefined;
}

/** Wraps a thrown value that is not an error. */
export const asError = (thrown: unknown): Error =>
  thrown instanceof Error ? thrown : new Error(`something was thrown that is no error: ${String(thrown)}`);

/**
 * Starts work at once without waiting for it. Failures go to `onFault`, because an unhandled rejection would end the
 * process and with it the deliveries of everyone.
 */
export function inBackground(work: () => unknown, onFault: (error: Error) => void): void {
  let done: unknown;
  try {
    done = work();
  } catch (thrown) {
    // The caller goes on first, as it does when the work rejects.
    done = Promise.reject(asError(thrown));
  }
  if (typeof (done as PromiseLike<unknown> | undefined)?.then !== 'function') return;
  void Promise.resolve(done)
    .catch((thrown: unknown) => onFault(asError(thrown)))
    .catch(() => undefined);
}

/** The message of anything thrown. */
export const messageOf = (thrown: unknown): string =>
  thrown instanceof Error ? thrown.message : String(thrown);

/** Lets loops sleep until something changes, without saying what. */
export class ChangeSignal {
  #waiting: (() => void)[] = [];

  notify(): void {
    const waiting = this.#waiting;
    if (waiting.length === 0) return;
    this.#waiting = [];
    for (const wake of waiting) wake();
  }

  next(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
    });
  }
}

const waiting: (() => void)[] = [];

function serveNext(): void {
  const next = waiting.shift();
  if (waiting.length > 0) setImmediate(serveNext);
  next?.();
}

/**
 * Resolves when it is the caller's turn to continue long work. Callers continue one at a time and the event loop runs in
 * between, so nothing waits for more than one piece of work.
 */
export const nextTurn = (): Promise<void> =>
  new Promise((resolve) => {
    if (waiting.push(resolve) === 1) setImmediate(serveNext);
  });

/** Splits long work into pieces of about the same size. */
export class Pieces {
  #done = 0;

  /** @param size size of a piece, in the unit of {@link before} */
  constructor(private readonly size: number) {}

  /** Call before each part of the work. Returns nothing to wait for, or a promise for the next turn. */
  before(work: number): Promise<void> | undefined {
    this.#done += work;
    if (this.#done <= this.size) return undefined;
    this.#done = work;
    return nextTurn();
  }
}
