/** A verified request. */
export interface OpenedDelivery {
  /** `null` for live delivery. */
  readonly replay: string | null;
  readonly position: string | undefined;
  /** The id of the event owed just before the first of these; `null` if there is none. */
  readonly previous: string | null;
  /** One event, or in batch mode several, in order. */
  readonly events: readonly { readonly id: string; readonly event: Readonly<Record<string, unknown>> }[];
}

export interface Gap {
  readonly replay: string | null;
  readonly missing: string;
  /** The event that arrived without it. */
  readonly before: string;
  readonly position: string | undefined;
  readonly since: Date;
}

export class Inbox {
  readonly gaps: ReadonlyMap<string, Gap>;
  secrets: readonly string[];
  constructor(secrets: readonly string[]);
  open(headers: object, rawBody: { toString(): string }): OpenedDelivery;
  fresh(delivery: OpenedDelivery): OpenedDelivery['events'];
  take(delivery: OpenedDelivery): void;
  waive(replay: string | null, id: string): void;
}
