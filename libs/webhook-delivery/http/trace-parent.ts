import { createHash, randomFillSync } from 'node:crypto';
import type { EventMetadata } from '#libs/kernel';

const TRACEPARENT = /^00-([0-9a-f]{32})-[0-9a-f]{16}-([0-9a-f]{2})$/;
const TRACE_ID = /^(?!0{32})[0-9a-f]{32}$/;

/** Continues the trace of the request that caused the event, with a new span per attempt. */
export function traceparentOf({ traceparent, correlationId }: EventMetadata): string {
  const [, traceId = traceIdFrom(correlationId), flags = '01'] = TRACEPARENT.exec(traceparent ?? '') ?? [];
  return `00-${traceId}-${newSpanId()}-${flags}`;
}

/** Keeps a correlation id that is a UUID or a trace id recognisable in the trace. */
function traceIdFrom(correlationId: string): string {
  const hex = correlationId.replaceAll('-', '').toLowerCase();
  return TRACE_ID.test(hex) ? hex : createHash('sha256').update(correlationId).digest('hex').slice(0, 32);
}

const SPAN_ID_BYTES = 8;
/** Random bytes are cheap in bulk and expensive one id at a time. */
const pool = Buffer.alloc(4_096);
let used = pool.length;

function newSpanId(): string {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  used += SPAN_ID_BYTES;
  return pool.toString('hex', used - SPAN_ID_BYTES, used);
}
