import { AttemptSlots } from '../attempt-slots.js';
import type { AttemptReport, DispatchObserver } from '../observer.js';
import {
  DEFAULT_DISPATCH_LIMITS,
  type DispatchLimits,
  PartitionDispatcher,
} from '../partition-dispatcher.js';
import type { RevisedSubscription } from '../ports.js';
import { FakeTimers } from './fake-timers.fixture.js';
import { InMemoryLog } from './in-memory-log.fixture.js';
import { InMemoryStore } from './in-memory-store.fixture.js';
import { ScriptedClient } from './scripted-client.fixture.js';

export const subscriptionOf = (overrides: Partial<RevisedSubscription> = {}): RevisedSubscription => ({
  subscriptionId: 'sub-1',
  tenant: 'acme',
  callbackUrl: 'https://example.com/hook',
  eventTypes: ['*'],
  secrets: [],
  status: 'active',
  retry: { maxAttempts: 3, initialDelayMs: 1_000, maxDelayMs: 60_000, timeoutMs: 1_000 },
  startFrom: 'now',
  revision: 1,
  ...overrides,
});

/** A partition with its dispatcher, of which one can crash and another take its place. */
export class DispatchRig implements DispatchObserver {
  readonly timers = new FakeTimers();
  readonly log = new InMemoryLog();
  readonly store = new InMemoryStore();
  readonly client = new ScriptedClient(this.timers);
  readonly reports: AttemptReport[] = [];
  readonly told: string[] = [];
  random = () => 0.5;
  #owners = 0;

  constructor(
    private readonly limits: Partial<DispatchLimits> = {},
    private readonly concurrency = 16,
  ) {}

  dispatcher(): PartitionDispatcher {
    const { timers, client, store, log } = this;
    const claim = { owner: `owner-${++this.#owners}`, topic: log.topic, partition: log.partition };
    const slots = new AttemptSlots(this.concurrency);
    const random = () => this.random();
    const ports = {
      timers,
      client,
      random,
      slots,
      source: log,
      cursors: store,
      parked: store,
      observer: this,
    };
    return new PartitionDispatcher(claim, log.end, ports, { ...DEFAULT_DISPATCH_LIMITS, ...this.limits });
  }

  /** Appends to the log, and hands it on as the tail does. */
  publish(dispatcher: PartitionDispatcher | undefined, ...streamIds: string[]): string[] {
    const first = this.log.end;
    const events = streamIds.map((streamId) => this.log.append(streamId));
    dispatcher?.append({ first, events, next: this.log.end });
    return events.map(({ metadata }) => metadata.eventId);
  }

  attempted(report: AttemptReport): void {
    this.reports.push(report);
  }

  parked(subscriptionId: string): void {
    this.told.push(`parked ${subscriptionId}`);
  }

  lost(_: unknown, subscriptionId: string): void {
    this.told.push(`lost ${subscriptionId}`);
  }

  failed(stage: string): void {
    this.told.push(`failed ${stage}`);
  }

  crashed(_: unknown, subscriptionId: string, error: Error): void {
    this.told.push(`crashed ${subscriptionId}: ${error.message}`);
  }
}
