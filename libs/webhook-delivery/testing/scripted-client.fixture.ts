import type { Clock } from '#libs/kernel';
import type { AttemptOutcome, AttemptRequest, WebhookClient } from '../core/ports.js';

export const DELIVERED: AttemptOutcome = { outcome: 'delivered', status: 200 };
export const failed = (status: number, retryAfterMs?: number): AttemptOutcome => ({
  outcome: 'failed',
  reason: 'status',
  status,
  retryAfterMs,
});
const ABORTED: AttemptOutcome = { outcome: 'failed', reason: 'aborted' };

/** A request as the subscriber saw it, and when it began. */
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
  /** Told of each answer. */
  answered: (request: AttemptRequest, outcome: AttemptOutcome) => void = () => undefined;
  mostInFlight = 0;
  readonly #inFlight = new Map<string, number>();

  constructor(private readonly clock: Clock) {}

  /** The client of one process. Two processes may serve the same lane at once if both believe they own it. */
  of(owner: string): WebhookClient {
    return { attempt: (request, signal) => this.attempt(request, signal, owner) };
  }

  async attempt(request: AttemptRequest, signal: AbortSignal, owner = ''): Promise<AttemptOutcome> {
    const seen: SeenAttempt = { ...request, at: this.clock.now(), answered: undefined };
    this.seen.push(seen);
    const feed = request.replayId ?? request.subscription.subscriptionId;
    const { batch, ordering, onExhausted } = request.subscription;
    const [first] = request.events;
    const inLane = { stream: first.metadata.streamId, partition: '', none: first.metadata.eventId }[ordering];
    const lane = `${owner} ${feed}/${batch ? '' : inLane}`;
    // A dead letter that was skipped is redriven beside its lane.
    if (this.#inFlight.has(lane) && onExhausted === 'park')
      throw new Error(`two requests at once in lane ${lane}`);
    this.#inFlight.set(lane, 1);
    this.mostInFlight = Math.max(this.mostInFlight, this.#inFlight.size);
    const takesMs = this.takesMs(request);
    if (takesMs > 0) await this.clock.sleep(takesMs, signal);
    this.#inFlight.delete(lane);
    seen.answered = signal.aborted ? ABORTED : this.answer(request);
    this.answered(request, seen.answered);
    return seen.answered;
  }

  /** Event ids in the order in which they were accepted. */
  delivered(subscriptionId?: string, replayId: string | null = null): string[] {
    return this.seen
      .filter(({ answered }) => answered?.outcome === 'delivered')
      .filter((attempt) => attempt.replayId === replayId)
      .filter(({ subscription }) => !subscriptionId || subscription.subscriptionId === subscriptionId)
      .flatMap(({ events }) => events.map(({ metadata }) => metadata.eventId));
  }

  attemptsOf(eventId: string): SeenAttempt[] {
    return this.seen.filter(({ events }) => events.some(({ metadata }) => metadata.eventId === eventId));
  }
}
