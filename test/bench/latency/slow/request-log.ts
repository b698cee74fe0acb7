import { idInTraceparent, newTracedId, now } from './clock.mjs';

/** One request as the load program sees it. Times are milliseconds of the machine's monotonic clock. */
export interface SentRequest {
  readonly id: string;
  readonly method: string;
  readonly sentAt: number;
  readonly acknowledgedAt?: number;
  /** The first arrival of its webhook at an endpoint. */
  readonly arrivedAt?: number;
}

const TRACEPARENT = /\r\ntraceparent: *(\S+)/i;

/** Gives each request the id that joins it with the app's trace, and records its times. */
export class RequestLog {
  readonly #requests = new Map<string, { -readonly [Field in keyof SentRequest]: SentRequest[Field] }>();

  get requests(): readonly SentRequest[] {
    return [...this.#requests.values()];
  }

  /** @returns its id */
  sent(method: string): string {
    const id = newTracedId();
    this.#requests.set(id, { id, method, sentAt: now() });
    return id;
  }

  acknowledged(id: string): void {
    const request = this.#requests.get(id);
    if (request) request.acknowledgedAt = now();
  }

  /** @param head of a webhook request */
  arrived(head: string): void {
    const arrivedAt = now();
    const request = this.#requests.get(idInTraceparent(TRACEPARENT.exec(head)?.[1]));
    if (request) request.arrivedAt ??= arrivedAt;
  }
}
