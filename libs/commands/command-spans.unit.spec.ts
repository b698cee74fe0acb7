import type { CommandRequest } from '#libs/event-store/core';
import { fail, newId } from '#libs/kernel';
import { NO_TRACING } from '#libs/platform';
import { RecordedTracing } from '#libs/platform/testing';
import { traceAppend, tracedCommand } from './command-spans.js';

const PARENT = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
const OTHER = '00-1af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
const UNSAMPLED = '00-2af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00';
const AT = { topic: 'orders', partition: 3 };
const TIMES = { decideMs: 1, appendMs: 2 };

const request = (more: object = {}) =>
  ({
    streamId: newId(),
    command: { type: 'create-order' },
    tenant: 'acme',
    traceparent: PARENT,
    ...more,
  }) as unknown as CommandRequest<unknown>;
const refused = (traced: CommandRequest<unknown>) => {
  given.push(traced.traceparent);
  return Promise.resolve(fail({ code: 'order-not-found', detail: '' }));
};
const given: (string | null)[] = [];
beforeEach(() => void given.splice(0));

describe('a command', () => {
  it('passes the context of its span on, which tells what came of it', async () => {
    const tracing = new RecordedTracing();
    await tracedCommand(tracing, 'orders', request(), refused as never);
    const [span] = tracing.spans;
    expect(span).toMatchObject({ name: 'command create-order', parent: PARENT, hasEnded: true });
    expect(span?.attributes['orderstream.refusal']).toBe('order-not-found');
    expect(given).toEqual([span?.traceparent]);
  });

  it('that fails says by which error', async () => {
    const tracing = new RecordedTracing();
    const lost = () => Promise.reject(new TypeError('with ada@example.com'));
    await expect(tracedCommand(tracing, 'orders', request(), lost)).rejects.toThrow(TypeError);
    expect(tracing.spans).toMatchObject([{ failure: 'TypeError', hasEnded: true }]);
  });

  it('shows only ids that were made here', async () => {
    const tracing = new RecordedTracing();
    await tracedCommand(tracing, 'carts', request({ streamId: 'acme/ada@example.com' }), refused as never);
    expect(JSON.stringify(tracing.spans)).not.toContain('ada@example.com');
  });

  it('is passed on as it is while tracing is off', async () => {
    const own = request();
    let seen: unknown;
    await tracedCommand(NO_TRACING, 'orders', own, (each) => {
      seen = each;
      return refused(each);
    });
    expect(seen).toBe(own);
  });
});

describe('an append', () => {
  const append = (...traceparents: (string | null)[]) => {
    const tracing = new RecordedTracing();
    traceAppend(tracing, AT, { encoded: traceparents, created: 0, traceparents }, TIMES);
    return tracing;
  };

  it('of several commands is in the trace of each that is recorded, linked both ways with what they share', () => {
    const tracing = append(PARENT, null, OTHER, UNSAMPLED);
    const [shared] = tracing.named('append orders batch');
    expect(shared).toMatchObject({ parent: null, links: [PARENT, OTHER], hasEnded: true });
    expect(shared?.attributes['messaging.batch.message_count']).toBe(4);
    const appends = tracing.named('append orders');
    expect(appends).toMatchObject([
      { parent: PARENT, links: [shared?.traceparent], hasEnded: true },
      { parent: OTHER, links: [shared?.traceparent], hasEnded: true },
    ]);
    expect(tracing.named('decide orders').map(({ parent }) => parent)).toEqual([PARENT, OTHER]);
  });

  it('of one command needs no span for what is shared', () => {
    expect(append(PARENT).spans.map(({ name }) => name)).toEqual(['decide orders', 'append orders']);
  });

  it('of commands that nobody records has no span', () => {
    expect(append(null, UNSAMPLED).spans).toEqual([]);
  });

  it('has no more links than a span keeps', () => {
    const [shared] = append(...Array.from({ length: 500 }, () => PARENT)).named('append orders batch');
    expect(shared?.links).toHaveLength(128);
  });
});
