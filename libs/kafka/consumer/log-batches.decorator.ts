import { EventPattern } from '@nestjs/microservices';
import { Catch, type RpcExceptionFilter } from '@nestjs/common';
import { type Observable, throwError } from 'rxjs';

/** Marks the handler of the batches of these topics: `(batch: EventBatch<LoggedEvent>) => Promise<void>`. */
export const LogBatches = (topics: string | readonly string[], transportId: symbol): MethodDecorator =>
  EventPattern<typeof topics>(topics, transportId);

/** Lets a handler's error reach the transport; without it Nest puts a plain object in its place. */
@Catch()
export class PassThroughFilter implements RpcExceptionFilter {
  catch(error: unknown): Observable<never> {
    return throwError(() => error);
  }
}
