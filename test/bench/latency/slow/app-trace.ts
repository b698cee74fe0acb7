/** One operation of the app. Times are milliseconds of the machine's monotonic clock. */
export interface Call {
  readonly name: string;
  readonly from: number;
  /** Missing if it had not ended when the trace did. */
  readonly until?: number;
  /** The traced requests whose events a Kafka call carries. */
  readonly ids?: readonly string[];
}

/** A traced request, or a webhook with its event. */
export type TracedCall = Call & { readonly id: string };

/** The file that `tracer.mjs` writes. */
export interface AppTrace {
  /** From the request's headers until the last byte of the response goes to the operating system. */
  readonly requests: readonly TracedCall[];
  /** From the hand-over to undici until the response's headers. */
  readonly webhooks: readonly TracedCall[];
  readonly kafka: readonly Call[];
  /** The name is the beginning of the statement. */
  readonly postgres: readonly Call[];
  /** The name is the kind of garbage collection. */
  readonly collections: readonly Call[];
}
