import { type SubscriptionRule, withRule } from '#libs/webhooks';
import type { PartitionDispatcher } from '../core/partition/partition-dispatcher.js';
import type { Feed } from '../core/ports.js';
import { DispatchHarness, feedOf, running } from './dispatch-harness.fixture.js';

/** A feed of confirmed orders that changes, and a dispatcher that hears of it late. */
export class LateChange {
  readonly harness = new DispatchHarness();
  /** The feed as it is, heard of or not. */
  feed: Feed = feedOf({}, { rules: [this.rule(['order.confirmed'])] });
  dispatcher!: PartitionDispatcher;

  /** @param overrides of the subscription */
  static async begin(overrides: Parameters<typeof feedOf>[0] = {}): Promise<LateChange> {
    const late = new LateChange();
    late.feed = feedOf(overrides, { rules: late.feed.rules });
    late.dispatcher = await running(late.harness, late.feed);
    return late;
  }

  get delivered(): string[] {
    return this.harness.client.delivered();
  }

  get parked(): string[] {
    return this.harness.store.parkedOf().map(({ eventId }) => eventId);
  }

  /** @returns the event's id */
  publish(type: string, stream = 'a'): string {
    const first = this.harness.log.end;
    const event = this.harness.log.append(stream, type);
    this.dispatcher.append(this.harness.log.batch(first, [event]));
    return event.metadata.eventId;
  }

  /** These types are owed from the end of the log on, but no dispatcher has heard of it yet. */
  change(...eventTypes: string[]): void {
    const { feed } = this;
    this.feed = { ...feed, revision: feed.revision + 1, rules: withRule(feed.rules, this.rule(eventTypes)) };
  }

  /** Creates an order that is owed by a change no dispatcher has heard of, so that it is passed over. @returns its id */
  async passOver(stream = 'a'): Promise<string> {
    this.change('order.created', 'order.confirmed');
    const id = this.publish('order.created', stream);
    this.publish('order.confirmed', 'b');
    await this.harness.clock.advance(1_000);
    return id;
  }

  hear(): Promise<void> {
    return this.harness.feeds(this.feed);
  }

  wait(ms = 100_000): Promise<void> {
    return this.harness.clock.advance(ms);
  }

  async stop(): Promise<void> {
    const stopped = this.dispatcher.stop();
    await this.harness.clock.advance(10_000);
    await stopped;
    this.harness.dispatchers.delete(this.dispatcher);
  }

  /** The process has gone, or is about to: the next one takes over. */
  async takeOver(): Promise<void> {
    this.harness.dispatchers.delete(this.dispatcher);
    this.dispatcher = this.harness.dispatcher();
    await this.harness.clock.runPending();
  }

  private rule(eventTypes: readonly string[]): SubscriptionRule {
    const { end } = this.harness.log;
    return { from: end === 0 ? {} : { 'orders/3': end }, eventTypes, filter: null };
  }
}
