/** Why a request failed, as the API says it. */
export class Problem extends Error {
  override readonly name = 'Problem';

  constructor(
    readonly status: number,
    readonly code: string,
    readonly detail: string,
    readonly errors: readonly FieldError[] = [],
  ) {
    super(detail);
  }
}

export interface FieldError {
  readonly pointer: string;
  readonly detail: string;
}

/** Nobody answered: the network is away, or the server. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer';

  constructor(cause: unknown) {
    super('The server cannot be reached. It is asked again until it answers.', { cause });
  }
}

/** Whether the same request may be answered later. */
export const isPassing = (error: unknown): boolean =>
  error instanceof NoAnswer || (error instanceof Problem && (error.status >= 500 || error.status === 429));

interface ProblemDocument {
  readonly code?: string;
  readonly title?: string;
  readonly detail?: string;
  readonly errors?: readonly FieldError[];
}

export async function problemOf(response: Response): Promise<Problem> {
  const document = (await response
    .clone()
    .json()
    .catch(() => ({}))) as ProblemDocument;
  const { code = 'unknown', title, detail = title ?? `The server answered ${response.status}.` } = document;
  return new Problem(response.status, code, detail, document.errors);
}

export const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : 'Something went wrong.';
