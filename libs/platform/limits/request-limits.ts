import { Injectable } from '@nestjs/common';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Counter } from 'prom-client';
import { type Principal, principalOf } from '../auth/caller.js';
import { ProblemException } from '../http/problem.js';
import { AddRouteConfig } from '../http/route-config.js';
import { type Rate, type RateBudgets, RATES } from './rate-budgets.js';
import { RateLimits } from './rate-limits.js';

const ORDERS = 'orderstream:orders';
const LIMITED = Symbol('limited');

/** What a request counts against; absent without a limit. */
type LimitedRequest = FastifyRequest & { [LIMITED]?: RateBudgets };

/** An answer with more items costs one request more for each further so many. */
export const ITEMS_PER_REQUEST = 50;

/**
 * Marks a route that creates orders, which count against the tenant's limit: `one`, or as many as {@link takeOrders} says once
 * their number is known.
 */
export const CreatesOrders = (how: 'one' | 'several'): MethodDecorator => AddRouteConfig({ [ORDERS]: how });

const ordersOf = ({ routeOptions: { config } }: FastifyRequest): 'one' | 'several' | undefined =>
  config && ORDERS in config ? (config[ORDERS] as 'one' | 'several') : undefined;

/** Refuses the requests of tenants that have used up a limit per second, and tells all of them what is left. */
@Injectable()
export class RequestLimits {
  constructor(private readonly limits: RateLimits) {}

  /** Call it after authentication, and before anything that reads a body. */
  install(fastify: FastifyInstance): void {
    fastify.addHook('onRequest', (request: LimitedRequest, _reply, done) => {
      const principal = principalOf(request);
      const budgets = principal && this.limits.of(limitedTenant(principal));
      if (!budgets) return done();
      request[LIMITED] = budgets;
      done(admit(request, budgets));
    });
    fastify.addHook('preSerialization', (request: LimitedRequest, _reply, payload, done) => {
      request[LIMITED]?.charge('requests', furtherRequests(payload));
      done(null, payload);
    });
    fastify.addHook('onSend', (request: LimitedRequest, reply, payload, done) => {
      const budgets = request[LIMITED];
      if (budgets) setHeaders(reply, budgets, ratesOf(request, budgets));
      done(null, payload);
    });
  }

  /** The pace of a stream to the caller. Limits may come, change and go while it runs, so each look is at those of now. */
  paceOf(caller: Principal): StreamPace {
    const budgets = (): RateBudgets | undefined => this.limits.of(limitedTenant(caller));
    let uncounted = 0;
    return {
      get pauseMs() {
        const now = budgets();
        return now?.isEmpty('requests') ? Math.max(1, now.waitMs('requests')) : 0;
      },
      sent: (events) => {
        uncounted += events;
        budgets()?.charge('requests', Math.floor(uncounted / ITEMS_PER_REQUEST));
        uncounted %= ITEMS_PER_REQUEST;
      },
    };
  }
}

/** A tenant that floods must not lock out the operator who comes to help. */
const limitedTenant = ({ ownTenant, tenant }: Principal): string => ownTenant ?? tenant;

/** Counts the orders of a batch. @throws ProblemException, and then none was taken */
export function takeOrders(request: LimitedRequest, count: number): void {
  const budgets = request[LIMITED];
  if (budgets && !budgets.take('orders', count)) throw refusal(budgets, ['orders']);
}

/** Counts a request once more for each second that it has waited. */
export function chargeWait(request: LimitedRequest, ms: number): void {
  request[LIMITED]?.charge('requests', Math.floor(ms / 1_000));
}

/** The pace of an answer without an end. */
export interface StreamPace {
  /** How long to send nothing, in milliseconds, until the tenant's debt is paid. */
  readonly pauseMs: number;
  /** Counts events that were sent. */
  sent(events: number): void;
}

/** Takes what the request counts, unless a limit is used up. */
function admit(request: FastifyRequest, budgets: RateBudgets): ProblemException | undefined {
  const empty = ratesOf(request, budgets).filter((rate) => budgets.isEmpty(rate));
  if (empty.length > 0) return refusal(budgets, empty);
  budgets.take('requests', 1);
  if (ordersOf(request) === 'one') budgets.take('orders', 1);
  return undefined;
}

/** The limits that apply to a request. */
const ratesOf = (request: FastifyRequest, budgets: RateBudgets): readonly Rate[] =>
  RATES.filter((rate) => budgets.has(rate) && (rate === 'requests' || ordersOf(request) !== undefined));

function refusal(budgets: RateBudgets, rates: readonly Rate[]): ProblemException {
  for (const limit of rates) refused.inc({ limit });
  const limits = rates.map((rate) => `${budgets.perSecond(rate)} ${rate} per second`).join(' and ');
  return new ProblemException('rate-limited', `Your tenant has used up its limit of ${limits}.`, {
    retryAfterSeconds: Math.max(...rates.map((rate) => secondsUntilNext(budgets, rate))),
  });
}

/** At least one: with less than a token left, the next second has one for sure. */
const secondsUntilNext = (budgets: RateBudgets, rate: Rate): number =>
  Math.max(1, Math.ceil(budgets.waitMs(rate) / 1_000));

/** As draft-ietf-httpapi-ratelimit-headers-11 has them. */
function setHeaders(reply: FastifyReply, budgets: RateBudgets, rates: readonly Rate[]): void {
  if (rates.length === 0) return;
  const policies = rates.map((rate) => `"${rate}";q=${budgets.perSecond(rate)};w=1`);
  const left = rates.map(
    (rate) => `"${rate}";r=${budgets.available(rate)};t=${secondsUntilNext(budgets, rate)}`,
  );
  void reply.header('ratelimit-policy', policies.join(', ')).header('ratelimit', left.join(', '));
}

function furtherRequests(payload: unknown): number {
  const { items } = (payload ?? {}) as { items?: unknown };
  return Array.isArray(items) ? Math.max(0, Math.ceil(items.length / ITEMS_PER_REQUEST) - 1) : 0;
}

const refused = new Counter({
  name: 'orderstream_requests_rate_limited_total',
  help: 'Requests that got 429, because their tenant had used up a limit per second.',
  labelNames: ['limit'],
});
