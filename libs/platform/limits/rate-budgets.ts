import type { TenantLimits } from './tenant-limits.js';
import { TokenBudget } from './token-budget.js';

/** What is limited per second. The names are those in the headers. */
export const RATES = ['orders', 'requests'] as const;

export type Rate = (typeof RATES)[number];

/** How much a tenant has used of each. */
export type Usage = { readonly [Name in Rate]?: number };

type RateLimits = Pick<TenantLimits, 'ordersPerSecond' | 'requestsPerSecond'>;

const perSecondOf = (limits: RateLimits, rate: Rate): number | undefined =>
  rate === 'orders' ? limits.ordersPerSecond : limits.requestsPerSecond;

/** Of each rate that is limited for a tenant, what is left in this process. */
export class RateBudgets {
  readonly #budgets = new Map<Rate, TokenBudget>();
  #limits: RateLimits | undefined;
  #share = 1;
  /** Used in this process since it was last collected. */
  #used: { [Name in Rate]?: number } = {};

  /** @param onUse called at the first use after a collection */
  constructor(
    readonly tenant: string,
    private readonly onUse: (budgets: RateBudgets) => void,
  ) {}

  /** @param share the part of each limit that this process may use */
  setLimits(limits: RateLimits, share: number): void {
    if (this.#limits === limits && this.#share === share) return;
    for (const rate of RATES) {
      const perSecond = perSecondOf(limits, rate);
      const budget = this.#budgets.get(rate);
      if (perSecond === undefined) this.#budgets.delete(rate);
      else if (budget) budget.setRate(perSecond, share);
      else this.#budgets.set(rate, newBudget(perSecond, share));
    }
    this.#limits = limits;
    this.#share = share;
  }

  perSecond(rate: Rate): number | undefined {
    return this.#limits && perSecondOf(this.#limits, rate);
  }

  has(rate: Rate): boolean {
    return this.#budgets.has(rate);
  }

  isEmpty(rate: Rate): boolean {
    return this.#budgets.get(rate)?.isEmpty ?? false;
  }

  /** Infinite without a limit. */
  available(rate: Rate): number {
    return this.#budgets.get(rate)?.available ?? Number.POSITIVE_INFINITY;
  }

  waitMs(rate: Rate): number {
    return this.#budgets.get(rate)?.waitMs ?? 0;
  }

  /** Takes all of it or, with an empty budget, nothing. */
  take(rate: Rate, count: number): boolean {
    const budget = this.#budgets.get(rate);
    if (!budget) return true;
    if (!budget.take(count)) return false;
    this.#note(rate, count);
    return true;
  }

  /** Takes what has been used already, if need be as a debt. */
  charge(rate: Rate, count: number): void {
    const budget = this.#budgets.get(rate);
    if (!budget || count <= 0) return;
    budget.charge(count);
    this.#note(rate, count);
  }

  /** Takes what the tenant has used in another process. */
  chargeElsewhere(usage: Usage): void {
    for (const rate of RATES) this.#budgets.get(rate)?.chargeElsewhere(usage[rate] ?? 0);
  }

  /** Returns what was used in this process since the last call. */
  collect(): Usage {
    const used = this.#used;
    this.#used = {};
    return used;
  }

  #note(rate: Rate, count: number): void {
    const isFirst = this.#used.orders === undefined && this.#used.requests === undefined;
    this.#used[rate] = (this.#used[rate] ?? 0) + count;
    if (isFirst) this.onUse(this);
  }
}

function newBudget(perSecond: number, share: number): TokenBudget {
  const budget = new TokenBudget(perSecond);
  if (share !== 1) budget.setRate(perSecond, share);
  return budget;
}
