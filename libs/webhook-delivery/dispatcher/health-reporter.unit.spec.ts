import type { Commands } from '#libs/commands';
import {
  isLive,
  subscriptionDecider,
  type SubscriptionCommand,
  type SubscriptionEvent,
} from '#libs/webhooks';
import { someCreated, SUBSCRIPTION_ID as subscriptionId } from '#libs/webhooks/testing';
import type { EndpointFacts } from '../core/health/endpoint-health.js';
import type { JudgedEndpoint, JudgedEndpoints } from '../postgres/judged-endpoints.js';
import { HealthReporter } from './health-reporter.js';

const NOW = Date.parse('2026-11-21T12:00:00Z');
const FAILING: EndpointFacts = {
  judged: { attempts: 30, delivered: 1 },
  recent: { attempts: 2, delivered: 0 },
  firstFailedAt: NOW - 60_000,
  failingSince: NOW - 60_000,
  lastDeliveredAt: null,
  lastFailedAt: NOW,
  judgedFrom: null,
};
const WORKING: EndpointFacts = { ...FAILING, recent: { attempts: 1, delivered: 1 } };

/** A subscription, and what it was told. Commands reach it as they would through the log. */
function subscriptionOf(eventTypes: readonly string[]) {
  let state = subscriptionDecider.evolve(subscriptionDecider.initialState, someCreated({ eventTypes }));
  const told: SubscriptionEvent[] = [];
  const execute = async (_: unknown, { command }: { command: SubscriptionCommand }) => {
    const decision = subscriptionDecider.decide(command, state);
    if (!decision.ok) throw new Error(decision.problem.code);
    told.push(...decision.value);
    state = decision.value.reduce(subscriptionDecider.evolve, state);
  };
  const endpoint = (facts: EndpointFacts): JudgedEndpoint => {
    if (!isLive(state)) throw new Error('it was deleted');
    const { revision, warned } = state;
    const former = warned?.warning ?? null;
    return { subscriptionId, tenant: 'acme', revision, eventTypes, former, lastError: 'status 500', facts };
  };
  return { told, execute, endpoint };
}

const looking = (execute: unknown, found: () => JudgedEndpoint[]): HealthReporter =>
  new HealthReporter(
    { execute } as unknown as Commands,
    { find: () => found() } as unknown as JudgedEndpoints,
  );

describe('dispatchers that look after endpoints', () => {
  it('tell of each change once, also when several have looked at the same time', async () => {
    const { told, execute, endpoint } = subscriptionOf(['order.*']);
    for (const facts of [FAILING, FAILING, WORKING, WORKING, FAILING]) {
      const seen = endpoint(facts);
      const reporter = looking(execute, () => [seen]);
      await Promise.all([reporter.reportChanges(NOW), reporter.reportChanges(NOW)]);
    }
    expect(told.map(({ type }) => type)).toEqual([
      'webhook-subscription.failing',
      'webhook-subscription.recovered',
      'webhook-subscription.failing',
    ]);
    expect(told[0]?.data).toEqual({
      subscriptionId,
      warning: 'success-rate',
      attempts: 30,
      failed: 29,
      since: '2026-11-21T11:59:00.000Z',
      disablesAt: null,
      lastError: 'status 500',
    });
  });

  it('tell nothing of an endpoint that receives only notices', async () => {
    const { told, execute, endpoint } = subscriptionOf(['webhook-subscription.*']);
    await looking(execute, () => [endpoint(FAILING)]).reportChanges(NOW);
    expect(told).toEqual([]);
  });

  it('tell of the others when one cannot be told of', async () => {
    const { told, execute, endpoint } = subscriptionOf(['order.*']);
    let tries = 0;
    const unsteady: typeof execute = async (...request) => {
      if (++tries === 1) throw new Error('the log is away');
      return execute(...request);
    };
    await looking(unsteady, () => [endpoint(FAILING), endpoint(FAILING)]).reportChanges(NOW);
    expect(told).toHaveLength(1);
  });
});
