import type { RecordedEvent } from '#libs/kernel';
import type { ShownHeader } from '#libs/webhook-delivery/http';
import type { DetailedAttempt } from '#libs/webhook-delivery/postgres';

/** Why the body of a request is not shown. */
export const OMITTED_BODIES = ['too-large', 'gone', 'unknown'] as const;
export type OmittedBody = (typeof OMITTED_BODIES)[number];

/** The request of a delivery, as far as it is known. */
export interface SentRequest {
  readonly contentType?: string;
  readonly bytes?: number;
  readonly body?: string;
  readonly omitted?: OmittedBody;
  /** The first event in it; absent if it is gone. */
  readonly first?: RecordedEvent;
  readonly headersOf: (attempt: DetailedAttempt) => readonly ShownHeader[] | undefined;
}
