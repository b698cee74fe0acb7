import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { RateBudgets, type Usage } from './rate-budgets.js';
import { TenantQuotas } from './tenant-quotas.js';

/** Those not used for longest are forgotten first, and are full by then. */
const MAX_TENANTS = 10_000;

/** What the tenants with a limit per second may still use of it. */
@Injectable()
export class RateLimits {
  readonly #budgets = new LRUCache<string, RateBudgets>({ max: MAX_TENANTS });
  /** Tenants that have used something since the last collection. */
  #active = new Set<RateBudgets>();
  #share = 1;
  /** Without it nobody collects, and nothing is gathered. */
  #onUse: (() => void) | undefined;

  constructor(private readonly quotas: TenantQuotas) {}

  /** `undefined` for a tenant without a limit. */
  of(tenant: string): RateBudgets | undefined {
    const limits = this.quotas.of(tenant);
    if (limits.ordersPerSecond === undefined && limits.requestsPerSecond === undefined) return undefined;
    const budgets = this.#budgets.get(tenant) ?? this.#added(tenant);
    budgets.setLimits(limits, this.#share);
    return budgets;
  }

  /** @param share the part of each limit that this process may use, above 0 and up to 1 */
  setShare(share: number): void {
    this.#share = share;
  }

  /** Calls back at the first use after a collection. */
  onUse(listener: () => void): void {
    this.#onUse = listener;
  }

  /** Returns what tenants have used in this process since the last call. */
  collect(): Map<string, Usage> {
    const active = this.#active;
    this.#active = new Set();
    return new Map([...active].map((budgets) => [budgets.tenant, budgets.collect()]));
  }

  #added(tenant: string): RateBudgets {
    const budgets = new RateBudgets(tenant, (used) => {
      if (!this.#onUse) return;
      this.#active.add(used);
      if (this.#active.size === 1) this.#onUse();
    });
    this.#budgets.set(tenant, budgets);
    return budgets;
  }
}
