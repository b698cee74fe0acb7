import type { Command } from 'commander';
import { Agent, type Dispatcher, fetch } from 'undici';
import { onAbort, systemClock } from '#libs/kernel';
import { trustingConnector } from '#libs/platform';
import { runningSystem } from '../cli-settings.js';

const TIMEOUT_MS = 10_000;
/** Also of a simulation: while answers are slow, further requests wait here instead of opening hundreds. */
const CONNECTIONS = 64;

export interface ApiRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly body?: object;
  readonly headers?: Readonly<Record<string, string>>;
  /** Milliseconds to wait for an answer; default 10,000. */
  readonly timeoutMs?: number;
  /** Gives up when it aborts. */
  readonly stop?: AbortSignal;
}

export interface ApiProblem {
  readonly code?: string;
  readonly detail?: string;
  readonly title?: string;
}

/** A failed API call, with a message for the person at the terminal. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
}

export interface ApiAnswer {
  readonly status: number;
  readonly isSuccess: boolean;
  readonly text: string;
}

/** Calls the public API of a running system. */
export class ApiClient {
  readonly #dispatcher: Dispatcher;

  /** @param caFile authorities that its certificate may have, as PEM. Default: those that Node trusts */
  constructor(
    readonly url: string,
    private readonly apiKey: string,
    caFile?: string,
  ) {
    this.#dispatcher = new Agent({
      connections: CONNECTIONS,
      ...(caFile !== undefined && { connect: trustingConnector(caFile) }),
    });
  }

  /** @returns the whole answer, whatever its status. @throws ApiError if there is none in time */
  async send({ method, path, body, headers, timeoutMs = TIMEOUT_MS, stop }: ApiRequest): Promise<ApiAnswer> {
    const over = new AbortController();
    const cancelTimeout = systemClock.after(timeoutMs, () => over.abort(TOO_LATE));
    const unsubscribe = stop && onAbort(stop, () => over.abort());
    try {
      const response = await fetch(new URL(path, this.url), {
        method,
        headers: {
          authorization: `Bearer ${this.apiKey}`,
          ...(body && { 'content-type': 'application/json' }),
          ...headers,
        },
        signal: over.signal,
        ...(body && { body: JSON.stringify(body) }),
        dispatcher: this.#dispatcher,
      });
      return { status: response.status, isSuccess: response.ok, text: await response.text() };
    } catch (cause) {
      throw new ApiError(
        over.signal.reason === TOO_LATE
          ? `${this.url} did not answer ${method} ${path.split('?')[0]} within ${timeoutMs / 1_000} s.`
          : `Nothing answers at ${this.url}: is the system running? Start it with "npm start".`,
        { cause },
      );
    } finally {
      cancelTimeout();
      unsubscribe?.();
    }
  }

  /** @throws ApiError also if the answer is not a success */
  async call(request: ApiRequest): Promise<ApiAnswer> {
    const answer = await this.send(request);
    if (answer.isSuccess) return answer;
    throw this.refusalOf(answer);
  }

  refusalOf({ status, text }: ApiAnswer): ApiError {
    return this.refused(status, problemOf(text));
  }

  refused(status: number, problem: ApiProblem): ApiError {
    const detail = problem.detail ?? problem.title ?? 'no reason was given';
    return new ApiError(
      status === 401
        ? `${this.url} refused the API key: ${detail}`
        : `${this.url} answered ${status}: ${detail}`,
    );
  }
}

const TOO_LATE = new Error('too late');

/** Proxies may answer with anything. */
function problemOf(text: string): ApiProblem {
  try {
    return JSON.parse(text) as ApiProblem;
  } catch {
    return {};
  }
}

export interface ApiOptions {
  readonly url?: string;
  readonly apiKey?: string;
}

export const withApiOptions = (command: Command): Command =>
  command
    .option(
      '--url <url>',
      'base URL of the API (default: ORDERSTREAM_URL, or the system that runs in this directory)',
    )
    .option(
      '--api-key <key>',
      'API key (default: ORDERSTREAM_API_KEY, or the development key of that system)',
    );

/** @throws ApiError if no system is named and none runs in this directory */
export function apiClientOf({ url, apiKey }: ApiOptions): ApiClient {
  const { ORDERSTREAM_URL, ORDERSTREAM_API_KEY } = process.env;
  const running = runningSystem();
  const baseUrl = url ?? given(ORDERSTREAM_URL) ?? running?.url;
  const key = apiKey ?? given(ORDERSTREAM_API_KEY) ?? running?.apiKey;
  if (baseUrl === undefined || key === undefined)
    throw new ApiError(
      'No system runs in this directory: start one with "npm start", or name one with --url and --api-key.',
    );
  return new ApiClient(baseUrl, key, baseUrl === running?.url ? running.caFile : undefined);
}

const given = (setting: string | undefined): string | undefined => (setting === '' ? undefined : setting);

/** Ends a command with the message and exit code 1 if the API failed. */
export async function reportingApiErrors(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  }
}
