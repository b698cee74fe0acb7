import { type OwingRule, withRule } from '#libs/webhooks';
import type { PartitionDispatcher } from '../partition/partition-dispatcher.js';
import type { Feed } from '../ports.js';
import { DispatchRig, feedOf, running } from './dispatch-rig.fixture.js';

/** A feed of confirmed orders that changes, and a dispatcher that hears of it late. */
export class LateChange {
  readonly rig = new DispatchRig();
  /** The feed as it is, heard of or not. */
  feed: Feed = feedOf({}, { rules: [this.rule(['order.confirmed'])] });
  dispatcher!: PartitionDispatcher;

  /** @param overrides of the subscription */
  static async begin(overrides: Parameters<typeof feedOf>[0] = {}): Promise<LateChange> {
    const late = new LateChange();
    late.feed = feedOf(overrides, { rules: late.feed.rules });
    late.dispatcher = await running(late.rig, late.feed);
    return late;
  }

  get delivered(): string[] {
    return this.rig.client.delivered();
  }

  get held(): string[] {
    return this.rig.store.heldOf().map(({ eventId }) => eventId);
  }

  /** @returns the event's id */
  publish(type: string, stream = 'a'): string {
    const first = this.rig.log.end;
    const event = this.rig.log.append(stream, type);
    this.dispatcher.append({ first, events: [event], next: this.rig.log.end });
    return event.metadata.eventId;
  }

  /** From the end of the log on these types are owed; nobody has heard of it yet. */
  change(...eventTypes: string[]): void {
    const { feed } = this;
    this.feed = { ...feed, revision: feed.revision + 1, rules: withRule(feed.rules, this.rule(eventTypes)) };
  }

  /** An order is created, which is owed by a change that nobody has heard of, and is passed over. @returns its id */
  async passOver(stream = 'a'): Promise<string> {
    this.change('order.created', 'order.confirmed');
    const id = this.publish('order.created', stream);
    this.publish('order.confirmed', 'b');
    await this.rig.timers.advance(1_000);
    return id;
  }

  hear(): Promise<void> {
    return this.rig.feeds(this.feed);
  }

  wait(ms = 100_000): Promise<void> {
    return this.rig.timers.advance(ms);
  }

  async stop(): Promise<void> {
    const stopped = this.dispatcher.stop();
    await this.rig.timers.advance(10_000);
    await stopped;
    this.rig.dispatchers.delete(this.dispatcher);
  }

  /** The process has gone, or is about to: the next one takes over. */
  async takeOver(): Promise<void> {
    this.rig.dispatchers.delete(this.dispatcher);
    this.dispatcher = this.rig.dispatcher();
    await this.rig.timers.settle();
  }

  private rule(eventTypes: readonly string[]): OwingRule {
    const { end } = this.rig.log;
    return { from: end === 0 ? {} : { 'orders/3': end }, eventTypes, filter: null };
  }
}
