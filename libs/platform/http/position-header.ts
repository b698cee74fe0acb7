import type { IncomingHttpHeaders } from 'node:http';
import { parsePosition, type Position, POSITION_PATTERN, topicPartitionKey } from '#libs/kernel';
import { invalidRequest } from './validation.js';

const NAME = 'Orderstream-Position';

/** Far more than the last position of each partition. */
const MAX_POSITIONS = 100;

/**
 * The positions that a query's answer must include: the last one of each partition, which implies the earlier ones.
 * @throws ProblemException that names the header if a position is malformed or there are too many
 */
export function requiredPositions(headers: IncomingHttpHeaders): Position[] {
  // Empty list elements are allowed (RFC 9110, section 5.6.1).
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

export const requiredPositionHeader = {
  name: NAME,
  required: false,
  description:
    'Positions of earlier answers, such as `orders/3@17`, several separated by commas, at most 100: the answer ' +
    'includes all of them, or is 503. A position beyond the end of the log is 400. Positions of topics that this query ' +
    'does not depend on are ignored.',
  schema: { type: 'string', pattern: POSITIONS_PATTERN },
} as const;
