import { type Clock, messageOf, retryUntilStopped } from '#libs/kernel';
import { type ApiClient, ApiError, type ApiProblem, type ApiRequest } from '../api/api-client.js';

export interface PatientRequest extends Omit<ApiRequest, 'headers' | 'stop'> {
  /** The idempotency key of a command. */
  readonly key?: string;
  /** Statuses that are no surprise, besides success. */
  readonly expected?: readonly number[];
}

export interface PatientAnswer<Body> {
  readonly status: number;
  readonly isSuccess: boolean;
  readonly body: Body;
}

const MOST_SURPRISES = 1_000;
const RETRIED: ReadonlySet<number> = new Set([408, 425, 429]);

/** Repeats a request until the system answers it, with the same idempotency key, so that it has its effect once. */
export class PatientClient {
  /** Attempts without an answer that counts. */
  failures = 0;
  lastFailure: string | undefined;
  readonly surprises: string[] = [];

  constructor(
    readonly api: ApiClient,
    private readonly clock: Clock,
    private readonly stop: AbortSignal,
  ) {}

  /** @returns `undefined` if it was stopped before the system answered */
  async send<Body>(request: PatientRequest): Promise<PatientAnswer<Body> | undefined> {
    const { key, expected = [], ...rest } = request;
    const headers = key === undefined ? {} : { 'idempotency-key': key };
    const answer = await retryUntilStopped(
      () => this.#attempt<Body>({ ...rest, headers, stop: this.stop }),
      (error) => this.#fail(error),
      { clock: this.clock, random: Math.random },
      this.stop,
    );
    if (answer && !answer.isSuccess && !expected.includes(answer.status)) {
      const { code, detail } = answer.body as ApiProblem;
      this.surprise(
        `${request.method} ${request.path} was answered ${answer.status} ${code ?? ''}: ${detail ?? ''}`,
      );
    }
    return answer;
  }

  surprise(sentence: string): void {
    if (this.surprises.length < MOST_SURPRISES) this.surprises.push(sentence);
  }

  async #attempt<Body>(request: ApiRequest): Promise<PatientAnswer<Body>> {
    const { status, isSuccess, text } = await this.api.send(request);
    if (status >= 500 || RETRIED.has(status)) throw new ApiError(`${request.path} was answered ${status}`);
    const body = (text === '' ? {} : JSON.parse(text)) as Body;
    return { status, isSuccess, body };
  }

  #fail(error: Error): void {
    if (this.stop.aborted) return;
    this.failures++;
    this.lastFailure = messageOf(error);
  }
}
