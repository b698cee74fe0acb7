import { Body, Controller, Get, Global, Module, Param, Post, Query, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { register } from 'prom-client';
import { deferred } from '#libs/kernel/testing';
import type { ActEnd, BegunAct } from '#libs/audit/core';
import { ACT_LOG } from '../audit/act-log.js';
import { Audited } from '../audit/audited-routes.js';
import { Caller, type Principal } from '../auth/caller.js';
import { type ProblemCode } from '../http/problem-codes.js';
import { ProblemException } from '../http/problem.js';
import { ALL_OF_A_TENANT, type Scope } from '../auth/scopes.js';
import { RequiresScope } from '../auth/route-access.js';
import { API_KEY_STORE, hashApiKey } from '../auth/api-keys.js';
import { appRoot } from '../run-app.js';
import { loadSettings } from '../settings/settings.js';
import { batchItems, TakesBatch } from '../http/batch-body.js';
import { createHttpApp, listen } from '../http/http-app.js';
import { CreatesOrders, takeOrders } from '../limits/request-limits.js';
import { Overload } from '../overload/overload.js';

export const API_KEY = 'a-key';
export const TENANT = 'acme';
/** Of an operator, whose own tenant is another. */
export const OPERATOR_KEY = 'an-operator-key';
const operator: Principal = { actor: 'op', tenant: 'ops', scopes: new Set<Scope>(['operator']) };
const owners = new Map<string, Principal>([
  [hashApiKey(API_KEY), { actor: 'k', tenant: TENANT, scopes: ALL_OF_A_TENANT }],
  [hashApiKey(OPERATOR_KEY), operator],
]);

/** The acts of the app, in order, with their outcomes. */
export const actLog = {
  isAway: false,
  /** How often the next outcome cannot be noted. */
  lostEnds: 0,
  begun: [] as BegunAct[],
  ended: new Map<string, ActEnd>(),
  begin: async (act: BegunAct) => {
    if (actLog.isAway) throw new Error('away');
    actLog.begun.push(act);
  },
  end: async (actId: string, end: ActEnd) => {
    if (actLog.lostEnds-- > 0) throw new Error('away');
    if (actLog.ended.has(actId)) throw new Error('an act ends once');
    actLog.ended.set(actId, end);
  },
};

export const keyStore = {
  isAway: false,
  findByHashes: async (hashes: readonly string[]) => {
    if (keyStore.isAway) throw new Error('away');
    return new Map([...owners].filter(([hash]) => hashes.includes(hash)));
  },
  noteUse: async () => undefined,
};

@Global()
@Module({
  providers: [
    { provide: API_KEY_STORE, useValue: keyStore },
    { provide: ACT_LOG, useValue: actLog },
  ],
  exports: [API_KEY_STORE],
})
export class KeysModule {}

/** Customers of the orders that were taken, in order. */
const acceptedCustomers: string[] = [];
/** Orders that were taken are worked on until then. */
let held: Promise<void> = Promise.resolve();

@Controller('v1/orders')
@RequiresScope('orders:write')
class OrdersController {
  @Post()
  @CreatesOrders('one')
  async create(@Body() body: { customer?: { id?: string } }): Promise<unknown> {
    const id = String(body?.customer?.id);
    acceptedCustomers.push(id);
    await new Promise((resolve) => setImmediate(resolve));
    await held;
    return { customer: { id } };
  }

  @Post('batch')
  @TakesBatch()
  @CreatesOrders('several')
  async batch(@Req() request: FastifyRequest): Promise<unknown> {
    const { length } = await batchItems(request, 1_000);
    takeOrders(request, length);
    return { items: length };
  }

  @Get(':orderId')
  get(@Param('orderId') orderId: string, @Caller() { tenant }: Principal): unknown {
    return { orderId, tenant };
  }

  /** Answers after its client has given up. */
  @Get(':orderId/changes')
  async changes(@Req() { signal }: FastifyRequest): Promise<unknown> {
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
    return { changes: [] };
  }

  @Get(':orderId/never')
  never(): Promise<unknown> {
    return new Promise(() => undefined);
  }
}

@Controller('v1/webhook-subscriptions')
@RequiresScope('webhooks:write')
class SubscriptionsController {
  @Get()
  list(@Query('limit') limit: string): unknown {
    return { items: Array.from({ length: Number(limit) }, () => ({})) };
  }

  @Post(':subscriptionId/pause')
  pause(@Param('subscriptionId') subscriptionId: string): unknown {
    return { subscriptionId };
  }

  /** Fails as the body says. */
  @Post(':subscriptionId/secret/rotate')
  @Audited('webhook-secret.rotated')
  rotate(@Body() { code, hangs }: { code?: ProblemCode; hangs?: boolean }): unknown {
    if (code) throw new ProblemException(code, 'as asked');
    if (hangs) return new Promise(() => undefined);
    return { secret: 'whsec_c2VjcmV0' };
  }
}

@Controller('v1/stock')
@RequiresScope('stock:read')
class StockController {
  @Get(':sku')
  get(@Param('sku') sku: string): unknown {
    return { sku };
  }
}

@Controller('v1/operator-only')
@RequiresScope('operator')
class OperatorController {
  @Get()
  look(): unknown {
    return {};
  }

  @Post()
  act(): unknown {
    return {};
  }
}

@Module({ controllers: [OrdersController, SubscriptionsController, StockController, OperatorController] })
class OrdersModule {}

/** All that stands before a controller of ours, on a port of its own, with orders that go nowhere. */
export class TestApp {
  readonly acceptedCustomers: readonly string[] = acceptedCustomers;

  private constructor(
    readonly url: string,
    readonly overload: Overload,
    readonly stop: () => Promise<void>,
  ) {}

  /** Orders take until the returned function is called. */
  holdOrders(): () => void {
    const { promise, resolve } = deferred();
    held = promise;
    return resolve;
  }

  /** That of the spec that calls it, until its last case is over. */
  static async use(environment: Record<string, string> = {}): Promise<TestApp> {
    acceptedCustomers.length = 0;
    const settings = loadSettings({ HTTP_PORT: '0', LOG_LEVEL: 'fatal', ...environment });
    const app = await createHttpApp(appRoot(settings, [KeysModule, OrdersModule]), settings);
    afterAll(async () => {
      await app.close();
      register.clear();
    });
    return new TestApp(await listen(app, settings), app.get(Overload), () => app.close());
  }
}
