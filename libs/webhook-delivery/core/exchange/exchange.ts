import type { Subscription } from '#libs/webhooks';
import type { AttemptOutcome, AttemptRequest } from '../ports.js';
import { type HeaderField, keptHeaders } from './answer-headers.js';

/** How a request's body is rendered. */
export interface BodyForm extends Pick<Subscription, 'format' | 'payload'> {
  readonly isBatch: boolean;
}

/** What an attempt sent and was answered, beyond what the delivery log has a column for. */
export interface Exchange {
  readonly form: BodyForm;
  /** As the header `orderstream-previous` had it. */
  readonly previousEventId: string | null;
  /** Everything owed to the feed below this offset of the partition was finished; 0 if that was not sent. */
  readonly watermark: number;
  /** Offsets of the events in the request; `null` if they were too many to be written down. */
  readonly offsets: readonly number[] | null;
  readonly answerHeaders: readonly HeaderField[];
}

/** Returns whether the body is a batch: for subscribers in batch mode, even with a single event. */
export const isBatch = ({
  subscription,
  events,
}: Pick<AttemptRequest, 'events'> & { readonly subscription: Pick<Subscription, 'batch'> }): boolean =>
  subscription.batch !== null || events.length > 1;

/** Offsets are written as differences; with more characters than these they are left out. */
const MAX_OFFSETS_LENGTH = 2_000;
const NONE = '-';
const TOO_MANY = '…';

/**
 * Writes the exchange of an attempt in one text: a line for the request, and one for each header field of the answer. Every
 * attempt is written this way, and this is several times cheaper than JSON, whose quotes the driver has to escape.
 */
export function exchangeText(
  { subscription, events, previousEventId, watermark }: AttemptRequest,
  outcome: AttemptOutcome | undefined,
): string {
  const batch = isBatch({ subscription, events });
  let text = `${subscription.format} ${subscription.payload} ${batch ? 'batch' : 'single'} ${previousEventId ?? NONE} ${watermark} `;
  text += events.length === 1 ? NONE : differencesOf(events);
  if (outcome?.answerHeaders)
    for (const [name, value] of keptHeaders(outcome.answerHeaders)) text += `\n${name}: ${value}`;
  return text;
}

function differencesOf(events: AttemptRequest['events']): string {
  let last = events[0].position.offset;
  let text = '';
  for (const { position } of events.slice(1)) {
    text += `${text && ','}${position.offset - last}`;
    last = position.offset;
    if (text.length > MAX_OFFSETS_LENGTH) return TOO_MANY;
  }
  return text;
}

const REQUEST = /^(native|cloudevents) (full|thin) (single|batch) (\S+) (\d+) (-|…|\d+(?:,\d+)*)$/;

/**
 * The inverse of {@link exchangeText}; `undefined` for a text of another form.
 * @param first offset of the first event
 */
export function parseExchange(text: string, first: number): Exchange | undefined {
  const [request = '', ...lines] = text.split('\n');
  const match = REQUEST.exec(request);
  if (!match) return undefined;
  const [, format, payload, mode, previous = NONE, watermark, differences = NONE] = match;
  return {
    form: { format, payload, isBatch: mode === 'batch' } as BodyForm,
    previousEventId: previous === NONE ? null : previous,
    watermark: Number(watermark),
    offsets: offsetsOf(differences, first),
    answerHeaders: lines.map((line): HeaderField => {
      const colon = line.indexOf(': ');
      return [line.slice(0, colon), line.slice(colon + 2)];
    }),
  };
}

function offsetsOf(differences: string, first: number): number[] | null {
  if (differences === TOO_MANY) return null;
  const offsets = [first];
  if (differences === NONE) return offsets;
  let last = first;
  for (const difference of differences.split(',')) {
    last += Number(difference);
    offsets.push(last);
  }
  return offsets;
}
