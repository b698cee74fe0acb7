import { createRequire } from 'node:module';

/** What this file changes inside kafkajs, which is pinned to 2.2.4, in all of its clients. */
const load = createRequire(import.meta.url);
const Connection = load('kafkajs/src/network/connection') as { readonly prototype: KafkaConnection };
const RequestQueue = load('kafkajs/src/network/requestQueue') as { readonly prototype: KafkaRequestQueue };

interface KafkaConnection {
  connect: (this: KafkaConnection) => Promise<unknown>;
}

interface KafkaRequestQueue {
  readonly pending: readonly unknown[];
  readonly inflight: ReadonlyMap<number, KafkaRequest>;
  readonly enforceRequestTimeout: boolean;
  /** The shortest time after which a request fails, in milliseconds. */
  readonly requestTimeout: number;
  requestTimeoutIntervalId: NodeJS.Timeout | null;
  scheduleCheckPendingRequests: (this: KafkaRequestQueue) => void;
  scheduleRequestTimeoutCheck: (this: KafkaRequestQueue) => void;
  createSocketRequest: (this: KafkaRequestQueue, pushed: object) => object;
  destroy(): void;
}

interface KafkaRequest {
  readonly sentAt: number;
  readonly requestTimeout: number;
  timeoutRequest(): void;
}

let isMended = false;

/** Changes the classes of kafkajs, once in a process. */
export function mendKafkajs(): void {
  if (isMended) return;
  isMended = true;
  shareOpenings(Connection.prototype);
  saveTimers(RequestQueue.prototype);
}

/** Requests that race for the first use of a connection would each open a socket, and mix up what is said on them. */
function shareOpenings(connections: KafkaConnection): void {
  const { connect } = connections;
  const opening = new WeakMap<KafkaConnection, Promise<unknown>>();
  connections.connect = function () {
    const underWay = opening.get(this);
    if (underWay) return underWay;
    const connected = connect.call(this).finally(() => opening.delete(this));
    opening.set(this, connected);
    return connected;
  };
}

function saveTimers(queues: KafkaRequestQueue): void {
  const { scheduleCheckPendingRequests, createSocketRequest } = queues;
  // After its first look at waiting requests, kafkajs looks again every millisecond, on each connection, though none waits.
  queues.scheduleCheckPendingRequests = function () {
    if (this.pending.length > 0) scheduleCheckPendingRequests.call(this);
  };
  // kafkajs looks for overdue requests ten times a second on each connection; the first one's time does as well.
  queues.scheduleRequestTimeoutCheck = function () {
    this.destroy();
    this.requestTimeoutIntervalId = null;
  };
  queues.createSocketRequest = function (pushed) {
    if (this.enforceRequestTimeout) this.requestTimeoutIntervalId ??= expireLater(this, this.requestTimeout);
    return createSocketRequest.call(this, pushed);
  };
}

const expireLater = (queue: KafkaRequestQueue, ms: number): NodeJS.Timeout =>
  setTimeout(() => {
    queue.requestTimeoutIntervalId = null;
    const now = Date.now();
    // Requests that a quota of the broker holds back are sent later.
    let next = queue.pending.length > 0 ? queue.requestTimeout : Number.POSITIVE_INFINITY;
    for (const request of queue.inflight.values()) {
      const leftMs = request.sentAt + request.requestTimeout - now;
      if (leftMs < 0) request.timeoutRequest();
      else next = Math.min(next, leftMs);
    }
    if (next < Number.POSITIVE_INFINITY) queue.requestTimeoutIntervalId ??= expireLater(queue, next + 1);
  }, ms).unref();
