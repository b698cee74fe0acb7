import type { RowDifference } from './row-difference.js';

/** An error's message goes to logs: it names a few rows, and no values, which may be a customer's. */
const NAMED = 5;

/** A read model is not what the log says. */
export class VerificationFailedError extends Error {
  override readonly name = 'VerificationFailedError';

  constructor(
    message: string,
    /** The first of them. */
    readonly differences: readonly RowDifference[],
  ) {
    super(message);
  }

  static of(subject: string, differences: readonly RowDifference[], count: number): VerificationFailedError {
    const named = differences.slice(0, NAMED);
    const others = count - named.length;
    const rows = [...named.map(wordsOf), ...(others > 0 ? [`${others} more`] : [])];
    return new VerificationFailedError(
      `${subject}: ${count} ${count === 1 ? 'row is' : 'rows are'} not what the log says: ${rows.join('; ')}`,
      differences,
    );
  }
}

function wordsOf({ kind, table, key, columns }: RowDifference): string {
  const which = Object.values(key).join(' ');
  const where = columns ? ` in ${columns.map(({ column }) => column).join(', ')}` : '';
  return `${table} ${which} is ${kind}${where}`;
}
