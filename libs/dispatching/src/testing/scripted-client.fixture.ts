import type { AttemptOutcome, AttemptRequest, Timers, WebhookClient } from '../ports.js';
import { StopSignal } from '../stop-signal.js';

export const DELIVERED: AttemptOutcome = { outcome: 'delivered', status: 200 };
export const failed = (status: number, retryAfterMs?: number): AttemptOutcome => ({
  outcome: 'failed',
  reason: 'status',
  status,
  retryAfterMs,
});
const ABORTED: AttemptOutcome = { outcome: 'failed', reason: 'aborted' };

/** What the subscriber saw: the request, and when it began. */
export interface SeenAttempt extends AttemptRequest {
  readonly at: number;
  answered: AttemptOutcome | undefined;
}

/** A subscriber that answers as told, and checks that a lane never has two requests at once. */
export class ScriptedClient implements WebhookClient {
  readonly seen: SeenAttempt[] = [];
  /** Answers with failure to decide, and with a time to take. */
  answer: (request: AttemptRequest) => AttemptOutcome = () => DELIVERED;
  takesMs: (request: AttemptRequest) => number = () => 0;
  mostInFlight = 0;
  readonly #inFlight = new Map<string, number>();

  constructor(private readonly timers: Timers) {}

  async attempt(request: AttemptRequest, signal: AbortSignal): Promise<AttemptOutcome> {
    const seen: SeenAttempt = { ...request, at: this.timers.now(), answered: undefined };
    this.seen.push(seen);
    const lane = `${request.subscription.subscriptionId}/${request.event.metadata.streamId}`;
    if (this.#inFlight.has(lane)) throw new Error(`two requests at once in lane ${lane}`);
    this.#inFlight.set(lane, 1);
    this.mostInFlight = Math.max(this.mostInFlight, this.#inFlight.size);
    const aborted = new StopSignal();
    signal.addEventListener('abort', () => aborted.stop());
    const takesMs = this.takesMs(request);
    if (takesMs > 0) await this.timers.sleep(takesMs, aborted);
    this.#inFlight.delete(lane);
    seen.answered = aborted.stopped ? ABORTED : this.answer(request);
    return seen.answered;
  }

  /** Event ids in the order in which they were accepted. */
  delivered(subscriptionId?: string): string[] {
    return this.seen
      .filter(({ answered }) => answered?.outcome === 'delivered')
      .filter(({ subscription }) => !subscriptionId || subscription.subscriptionId === subscriptionId)
      .map(({ event }) => event.metadata.eventId);
  }

  attemptsOf(eventId: string): SeenAttempt[] {
    return this.seen.filter(({ event }) => event.metadata.eventId === eventId);
  }
}
