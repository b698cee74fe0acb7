import type { Clock } from '#libs/kernel';
import type { ApiProblem } from '../api/api-client.js';
import type { ApiEvent } from './books.js';
import type { PatientClient } from './patient-client.js';

const EVENT_TYPES = 'order.*,stock.*,payment.*,email.*';
const WAIT_SECONDS = 5;
const TIMEOUT_MS = 30_000;
const PAUSE_MS = 1_000;

interface EventPage {
  readonly items: readonly ApiEvent[];
  readonly cursor: string;
}

/** Reads the events of the tenant by long poll, each once. */
export class EventPoll {
  #cursor = '';

  constructor(
    private readonly client: PatientClient,
    private readonly clock: Clock,
  ) {}

  /** Takes the end of the log as its place. @throws ApiError if the system refuses, as it does a wrong API key */
  async start(): Promise<void> {
    const answer = await this.client.send<EventPage>({
      method: 'GET',
      path: `/v1/events?eventTypes=${EVENT_TYPES}&wait=0`,
    });
    if (answer && !answer.isSuccess) throw this.client.api.refused(answer.status, answer.body as ApiProblem);
    this.#cursor = answer?.body.cursor ?? '';
  }

  async follow(hear: (event: ApiEvent) => void, stop: AbortSignal): Promise<void> {
    while (!stop.aborted) {
      const after = encodeURIComponent(this.#cursor);
      const answer = await this.client.send<EventPage>({
        method: 'GET',
        path: `/v1/events?eventTypes=${EVENT_TYPES}&limit=500&wait=${WAIT_SECONDS}&after=${after}`,
        timeoutMs: TIMEOUT_MS,
      });
      if (answer?.isSuccess) {
        for (const event of answer.body.items) hear(event);
        this.#cursor = answer.body.cursor;
      } else await this.clock.sleep(PAUSE_MS, stop);
    }
  }
}
