import { z } from 'zod';
import {
  eventDocument,
  eventDocumentSchema,
  isFenceRecord,
  type LoggedEvent,
  timestampSchema,
} from '#libs/contracts';
import type { WholeRecord } from '#libs/kafka';
import { formatInstant, formatPosition, type Instant, type TopicPartition } from '#libs/kernel';

/** Larger payloads are only for download. */
export const MAX_SHOWN_BYTES = 262_144;
const MAX_TEXT = 1_024;
const MAX_HEADERS = 64;

const RECORD_KINDS = ['event', 'unreadable', 'foreign', 'fence', 'control'] as const;

export const logRecordSchema = z
  .object({
    position: z.string().describe('`<topic>/<partition>@<offset>`.'),
    offset: z.int().min(0),
    time: timestampSchema.describe('When the broker appended it.'),
    kind: z
      .enum(RECORD_KINDS)
      .describe(
        '`unreadable`: should be an event, see `error`. `foreign`: something else than Orderstream appended it. `fence` and ' +
          '`control`: records without content, by which writers and brokers take over partitions.',
      ),
    key: z.string().optional().describe('The id of the stream. The first 1,024 characters.'),
    headers: z.array(z.object({ name: z.string(), value: z.string() })),
    bytes: z.int().min(0).describe('Size of the value in the log.'),
    event: eventDocumentSchema.optional(),
    error: z.string().optional().describe('Why an event cannot be read.'),
    raw: z
      .string()
      .optional()
      .describe(
        'Of what is no readable event: the first KiB of the value, in base64. Sessions that have not asked for personal data ' +
          'do not get it.',
      ),
    download: z.string().optional().describe('Where the whole record is, if not all of it is here.'),
  })
  .meta({ id: 'LogRecord' });

export type LogRecordDocument = z.output<typeof logRecordSchema>;

export const recordPath = ({ topic, partition }: TopicPartition, offset: number): string =>
  `/v1/operations/log/${topic}/${partition}/${offset}`;

const cut = (text: string): string => text.slice(0, MAX_TEXT);

const NOT_EVENTS = ['fence', 'control'] as const;

/**
 * A record for people.
 * @param decoded its event, or why there is none; `undefined` for a record that is not meant to be one
 * @param isWhole for a download: nothing is cut
 */
export function logRecordDocument(
  at: TopicPartition,
  record: WholeRecord,
  decoded: LoggedEvent | Error | undefined,
  isWhole = false,
): LogRecordDocument {
  const { offset, timestamp, key, value, headers } = record;
  const bytes = value?.length ?? 0;
  const shown = isWhole ? (text: string) => text : cut;
  const kind = kindOf(record, decoded);
  const isEvent = kind === 'event';
  const isHidden = !isWhole && isEvent && bytes > MAX_SHOWN_BYTES;
  const hasRaw = !isEvent && !NOT_EVENTS.includes(kind as never) && value !== null;
  const raw = hasRaw ? (isWhole ? value : value.subarray(0, MAX_TEXT)).toString('base64') : undefined;
  const isCut = isHidden || (hasRaw && !isWhole && bytes > MAX_TEXT);
  return {
    position: formatPosition({ ...at, offset }),
    offset,
    time: formatInstant(timestamp as Instant),
    kind,
    ...(key && { key: shown(key.toString()) }),
    headers: headers
      .slice(0, isWhole ? undefined : MAX_HEADERS)
      .map(([name, text]) => ({ name: shown(name), value: shown(text) })),
    bytes,
    ...(decoded && !(decoded instanceof Error) && !isHidden && { event: eventDocument(decoded) }),
    ...(decoded instanceof Error && { error: decoded.message }),
    ...(raw !== undefined && { raw }),
    ...(isCut && { download: recordPath(at, offset) }),
  };
}

function kindOf(record: WholeRecord, decoded: LoggedEvent | Error | undefined): LogRecordDocument['kind'] {
  if (record.isControlRecord) return 'control';
  if (isFenceRecord(record)) return 'fence';
  if (decoded === undefined) return 'foreign';
  return decoded instanceof Error ? 'unreadable' : 'event';
}
