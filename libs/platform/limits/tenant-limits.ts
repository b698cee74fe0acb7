import type { SettingName, Settings } from '../settings/settings.js';

interface LimitDescription {
  /** What it limits, after "at most 50". */
  readonly noun: string;
  readonly most: number;
  /** Holds for tenants without a limit of their own. */
  readonly setting: SettingName;
}

/** What a tenant may have. The command line has an option for each, and the table `tenant_limit` a column. */
export const TENANT_LIMITS = {
  ordersPerSecond: {
    noun: 'orders per second, over all processes',
    most: 1_000_000,
    setting: 'RATE_LIMIT_ORDERS_PER_SECOND',
  },
  requestsPerSecond: {
    noun: 'requests per second, over all processes',
    most: 1_000_000,
    setting: 'RATE_LIMIT_REQUESTS_PER_SECOND',
  },
  subscriptions: {
    noun: 'webhook subscriptions',
    most: 1_000_000,
    setting: 'WEBHOOK_MAX_SUBSCRIPTIONS',
  },
  eventStreams: {
    noun: 'event streams and long polls at once in a process',
    most: 1_000_000,
    setting: 'EVENT_STREAM_MAX_READERS_PER_TENANT',
  },
  batchSize: { noun: 'orders in a batch', most: 1_000, setting: 'ORDER_BATCH_MAX_SIZE' },
  storedCarts: { noun: 'carts that are not checked out', most: 1_000_000_000, setting: 'CART_MAX_STORED' },
} as const satisfies Readonly<Record<string, LimitDescription>>;

export type LimitName = keyof typeof TENANT_LIMITS;

export const LIMIT_NAMES = Object.keys(TENANT_LIMITS) as readonly LimitName[];

/** Those that a tenant has of its own. */
export type OwnLimits = { readonly [Name in LimitName]?: number };

/** Those that hold for a tenant; without a number there is none. */
export interface TenantLimits {
  readonly ordersPerSecond: number | undefined;
  readonly requestsPerSecond: number | undefined;
  readonly subscriptions: number;
  readonly eventStreams: number;
  readonly batchSize: number;
  readonly storedCarts: number | undefined;
}

/** The limits of tenants without any of their own. */
export const defaultLimits = ({ limits, webhooks, eventStream, carts }: Settings): TenantLimits => ({
  ...limits,
  subscriptions: webhooks.maxSubscriptions,
  eventStreams: eventStream.maxReadersPerTenant,
  storedCarts: carts.maxStored,
});

/** More would not fit into the memory of each process. */
export const MOST_TENANTS_WITH_LIMITS = 10_000;

/** Injection token of {@link TenantLimitStore}. */
export const TENANT_LIMIT_STORE = Symbol('tenant-limit-store');

export interface TenantLimitStore {
  /** The tenants with limits of their own, at most {@link MOST_TENANTS_WITH_LIMITS}. */
  all(): Promise<ReadonlyMap<string, OwnLimits>>;
  /** Calls back when they may have changed. Call it before the app starts. */
  onChange(listener: () => void): void;
}
