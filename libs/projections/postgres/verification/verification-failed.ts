import type { RowDifference } from './row-difference.js';

/** Error messages end up in logs, so they name a few rows and no values, which may be personal data. */
const NAMED = 5;

/** A read model differs from the log. */
export class VerificationFailedError extends Error {
  override readonly name = 'VerificationFailedError';

  constructor(
    message: string,
    /** The first differences. */
    readonly differences: readonly RowDifference[],
  ) {
    super(message);
  }

  static of(subject: string, differences: readonly RowDifference[], count: number): VerificationFailedError {
    const named = differences.slice(0, NAMED);
    const others = count - named.length;
    const rows = [...named.map(wordsOf), ...(others > 0 ? [`${others} more`] : [])];
    return new VerificationFailedError(
      `${subject}: ${count} ${count === 1 ? 'row differs' : 'rows differ'} from the log: ${rows.join('; ')}`,
      differences,
    );
  }
}

function wordsOf({ kind, table, key, columns }: RowDifference): string {
  const which = Object.values(key).join(' ');
  const where = columns ? ` in ${columns.map(({ column }) => column).join(', ')}` : '';
  return `${table} ${which} is ${kind}${where}`;
}
