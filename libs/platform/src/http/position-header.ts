import { parsePosition, type Position, POSITION_PATTERN, topicPartitionKey } from '#libs/kernel';
import { invalidRequest } from './validation.js';

const NAME = 'Orderstream-Position';

/** A client that keeps the last position of each partition stays far below. */
const MAX_POSITIONS = 100;

type Headers = Readonly<Record<string, string | string[] | undefined>>;

/**
 * The positions that a query is to have seen: the last one of each partition, for it implies those before.
 * @throws ProblemException that names the header when one is malformed, or when there are too many.
 */
export function requiredPositions(headers: Headers): Position[] {
  // Empty elements are no positions and no mistake (RFC 9110, section 5.6.1).
  const texts = String(headers['orderstream-position'] ?? '')
    .split(',')
    .map((text) => text.trim())
    .filter((text) => text !== '');
  if (texts.length > MAX_POSITIONS)
    throw wrong(`must be at most ${MAX_POSITIONS} positions, and there are ${texts.length}`);
  const last = new Map<string, Position>();
  for (const text of texts) {
    const position = parsePosition(text);
    if (!position) throw wrong('must be positions such as orders/3@17, separated by commas', text);
    const key = topicPartitionKey(position);
    if (position.offset >= (last.get(key)?.offset ?? 0)) last.set(key, position);
  }
  return [...last.values()];
}

const wrong = (message: string, input?: string) => invalidRequest([{ path: [NAME], message, input }]);

const ONE_POSITION = POSITION_PATTERN.slice(1, -1);
const POSITIONS_PATTERN = `^\\s*(${ONE_POSITION})?(\\s*,\\s*(${ONE_POSITION})?)*\\s*$`;

/** The header, for the API's description. */
export const requiredPositionHeader = {
  name: NAME,
  required: false,
  description:
    'Positions of earlier answers, such as `orders/3@17`, several separated by commas, at most 100: the answer has seen ' +
    'them all, or is 503. ' +
    'One that the log has not come to is 400. Those of topics that do not feed this query are passed over.',
  schema: { type: 'string', pattern: POSITIONS_PATTERN },
} as const;
