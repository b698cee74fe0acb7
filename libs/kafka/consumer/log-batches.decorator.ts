import { EventPattern } from '@nestjs/microservices';

/** Marks the handler of the batches of these topics: `(batch: EventBatch<LoggedEvent>) => Promise<void>`. */
export const LogBatches = (topics: string | readonly string[], transportId: symbol): MethodDecorator =>
  EventPattern<typeof topics>(topics, transportId);
