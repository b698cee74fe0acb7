import fc from 'fast-check';
import type { PartitionDispatcher } from './partition-dispatcher.js';
import { DispatchRig, subscriptionOf } from './testing/dispatch-rig.fixture.js';
import { DELIVERED, failed } from './testing/scripted-client.fixture.js';

type Move =
  | { readonly kind: 'publish'; readonly streams: readonly number[] }
  | { readonly kind: 'wait'; readonly ms: number }
  | { readonly kind: 'crash' | 'stop' | 'control-record' };

const moves = fc.array(
  fc.oneof(
    {
      weight: 5,
      arbitrary: fc.record({
        kind: fc.constant('publish' as const),
        streams: fc.array(fc.nat({ max: 4 }), { maxLength: 12 }),
      }),
    },
    { weight: 4, arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.nat({ max: 3_000 }) }) },
    {
      weight: 1,
      arbitrary: fc.record({
        kind: fc.constantFrom('crash' as const, 'stop' as const, 'control-record' as const),
      }),
    },
  ),
  { maxLength: 30 },
);

/** How the endpoint takes each attempt, over and over. */
const endpoints = fc.array(fc.record({ succeeds: fc.boolean(), takesMs: fc.nat({ max: 400 }) }), {
  minLength: 1,
  maxLength: 20,
});

const SUBSCRIPTION = subscriptionOf({
  retry: { maxAttempts: 1_000, initialDelayMs: 100, maxDelayMs: 1_000, timeoutMs: 1_000 },
});

/** Dispatchers come and go over one log and one store; a crash forgets all that was not saved. */
class Story {
  readonly rig: DispatchRig;
  #dispatcher: PartitionDispatcher | undefined;
  #attempts = 0;

  constructor(endpoint: readonly { succeeds: boolean; takesMs: number }[]) {
    this.rig = new DispatchRig({ maxQueued: 6, tailEvents: 5, batchEvents: 3 }, 3);
    const behaviour = () => endpoint[this.#attempts % endpoint.length]!;
    this.rig.client.answer = () => (behaviour().succeeds ? DELIVERED : failed(500));
    this.rig.client.takesMs = () => {
      this.#attempts++;
      return behaviour().takesMs;
    };
  }

  async perform(move: Move): Promise<void> {
    const { rig } = this;
    this.#dispatcher ??= await this.#begin();
    if (move.kind === 'publish') rig.publish(this.#dispatcher, ...move.streams.map((stream) => `s${stream}`));
    if (move.kind === 'control-record') rig.log.appendControlRecord();
    if (move.kind === 'wait') await rig.timers.advance(move.ms);
    if (move.kind === 'crash') await this.#crash(this.#dispatcher);
    if (move.kind === 'stop') await this.#stop(this.#dispatcher);
    await rig.timers.settle();
  }

  async finish(): Promise<void> {
    this.rig.client.answer = () => DELIVERED;
    this.#dispatcher ??= await this.#begin();
    await this.rig.timers.advance(60_000);
    await this.#stop(this.#dispatcher);
  }

  async #begin(): Promise<PartitionDispatcher> {
    const dispatcher = this.rig.dispatcher();
    await dispatcher.reconcile([SUBSCRIPTION]);
    return dispatcher;
  }

  /** As if the process were gone: nothing that it does from now on reaches the store or the endpoint. */
  async #crash(dispatcher: PartitionDispatcher): Promise<void> {
    const { store, client } = this.rig;
    const saved = structuredClone(store.cursors);
    const seen = client.seen.length;
    const stopped = dispatcher.stop();
    await this.rig.timers.advance(20_000);
    await stopped;
    client.seen.length = seen;
    for (const [id, row] of saved) store.cursors.set(id, row);
    this.#dispatcher = undefined;
  }

  async #stop(dispatcher: PartitionDispatcher): Promise<void> {
    const stopped = dispatcher.stop();
    await this.rig.timers.advance(20_000);
    await stopped;
    this.#dispatcher = undefined;
  }
}

/** The first time that each event was accepted. */
const firstAcceptances = (ids: readonly string[]) => [...new Set(ids)];

describe('a subscriber', () => {
  it('receives every event, in the order of its stream, whatever fails and restarts', async () => {
    await fc.assert(
      fc.asyncProperty(moves, endpoints, async (steps, endpoint) => {
        const story = new Story(endpoint);
        for (const step of steps) await story.perform(step);
        await story.finish();
        const { log, client, told } = story.rig;
        expect(told).toEqual([]);
        const accepted = firstAcceptances(client.delivered());
        for (const stream of new Set(log.events.map(({ metadata }) => metadata.streamId))) {
          const inLog = log.events
            .filter(({ metadata }) => metadata.streamId === stream)
            .map(({ metadata }) => metadata.eventId);
          expect(accepted.filter((id) => inLog.includes(id))).toEqual(inLog);
        }
        expect(accepted).toHaveLength(log.events.length);
      }),
      { numRuns: 150 },
    );
  }, 60_000);

  it('is told with each event which one was owed before it', async () => {
    await fc.assert(
      fc.asyncProperty(moves, endpoints, async (steps, endpoint) => {
        const story = new Story(endpoint);
        for (const step of steps) await story.perform(step);
        await story.finish();
        const { log, client } = story.rig;
        const ids = log.events.map(({ metadata }) => metadata.eventId);
        for (const { event, previousEventId } of client.seen) {
          expect(previousEventId).toBe(ids[ids.indexOf(event.metadata.eventId) - 1] ?? null);
        }
      }),
      { numRuns: 50 },
    );
  }, 60_000);

  it('receives nothing twice where every stop is a clean one', async () => {
    await fc.assert(
      fc.asyncProperty(moves, endpoints, async (steps, endpoint) => {
        const story = new Story(endpoint);
        for (const step of steps) if (step.kind !== 'crash') await story.perform(step);
        await story.finish();
        const accepted = story.rig.client.delivered();
        expect(accepted).toEqual(firstAcceptances(accepted));
      }),
      { numRuns: 50 },
    );
  }, 60_000);
});
