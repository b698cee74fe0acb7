import { EventPattern } from '@nestjs/microservices';

/** Marks the handler of a topic's batches: `(events: RecordedEvent[], context: LogBatchContext) => Promise<void>`. */
export const LogBatches = (topic: string, transportId: symbol): MethodDecorator =>
  EventPattern(topic, transportId) as MethodDecorator;
