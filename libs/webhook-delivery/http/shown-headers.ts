import { continuesTrace, formatPosition, type RecordedEvent } from '#libs/kernel';
import { batchId, isSentExtra, traceparentOf, USER_AGENT } from './signed-request.js';

/** A header of a request as a person sees it later. */
export interface ShownHeader {
  readonly name: string;
  /** Absent where it is secret, or not known any more. */
  readonly value?: string;
}

/** What the headers of a past attempt are made of. */
export interface PastRequest {
  readonly contentType: string;
  readonly isBatch: boolean;
  /** First and last event of the request; the same if there is one. */
  readonly first: RecordedEvent;
  readonly last: RecordedEvent;
  readonly previousEventId: string | null;
  /** 0 if none was sent. */
  readonly watermark: number;
  readonly replayId: string | null;
  readonly attempt: number;
  /** Start of the attempt, in milliseconds since 1970. */
  readonly startedAt: number;
  /** Names of the extra headers. Their values are secret. */
  readonly extraHeaders: readonly string[];
}

/** Stands for the part of `traceparent` that each attempt has anew and nobody keeps. */
const FORGOTTEN_SPAN = '…';

/** The headers of an attempt, as `deliveryHeaders` made them. The signature and extra headers have no value. */
export function shownHeaders(request: PastRequest): ShownHeader[] {
  const { first, last, isBatch, previousEventId, replayId, watermark } = request;
  return [
    { name: 'content-type', value: request.contentType },
    { name: 'user-agent', value: USER_AGENT },
    { name: 'webhook-id', value: isBatch ? batchId(first, last) : first.metadata.eventId },
    { name: 'webhook-timestamp', value: String(Math.floor(request.startedAt / 1_000)) },
    { name: 'webhook-signature' },
    { name: 'x-event-type', value: isBatch ? 'batch' : first.type },
    { name: 'orderstream-position', value: formatPosition(last.position) },
    { name: 'orderstream-attempt', value: String(request.attempt) },
    isOfOwnTrace(request)
      ? { name: 'traceparent' }
      : { name: 'traceparent', value: traceparentOf(first.metadata, FORGOTTEN_SPAN) },
    ...(watermark === 0 ? [] : [watermarkHeader(first, watermark)]),
    ...(previousEventId === null ? [] : [{ name: 'orderstream-previous', value: previousEventId }]),
    ...(replayId === null ? [] : [{ name: 'orderstream-replay', value: replayId }]),
    ...request.extraHeaders.filter(isSentExtra).map((name) => ({ name })),
  ];
}

/** Whether the attempt may have begun a trace, which nobody keeps. */
const isOfOwnTrace = ({ first: { metadata }, replayId, startedAt }: PastRequest): boolean =>
  metadata.traceparent !== null && (replayId !== null || !continuesTrace(metadata, startedAt));

const watermarkHeader = ({ position }: RecordedEvent, watermark: number): ShownHeader => ({
  name: 'orderstream-watermark',
  value: formatPosition({ ...position, offset: watermark - 1 }),
});
