/** An event as an independent client finds it in the log. */
export interface LogRecord {
  readonly partition: number;
  readonly offset: number;
  readonly key: string;
  /** From the CloudEvents headers. */
  readonly headers: { readonly id: string; readonly type: string; readonly version: number };
  readonly type: string;
  readonly streamId: string;
  readonly version: number;
  readonly eventId: string;
  readonly commandId: string;
  /** Milliseconds since 1970, by the clock of the process that appended it. */
  readonly occurredAt: number;
  /** From the request that caused it. */
  readonly marker: string | undefined;
}

/** One record batch from a broker's file. Control batches are included, which no consumer shows. */
export interface LogBatch {
  readonly partition: number;
  readonly baseOffset: number;
  readonly lastOffset: number;
  readonly producerId: number;
  readonly producerEpoch: number;
  readonly isControl: boolean;
}

/** The last epoch that there is: with it a claim shuts out a former producer id, by a record without key and value. */
const LAST_EPOCH = 32_767;

export const isFence = ({ isControl, producerEpoch }: LogBatch): boolean =>
  !isControl && producerEpoch === LAST_EPOCH;

export const placeOf = ({ partition, offset }: LogRecord): string => `orders/${partition}@${offset}`;
