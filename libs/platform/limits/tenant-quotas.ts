import {
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
  Optional,
} from '@nestjs/common';
import { systemClock } from '#libs/kernel';
import { SETTINGS, type Settings } from '../settings/settings.js';
import {
  defaultLimits,
  type OwnLimits,
  TENANT_LIMIT_STORE,
  type TenantLimits,
  type TenantLimitStore,
} from './tenant-limits.js';

/** For changes of which no notice came. */
const REFRESH_MS = 30_000;
/** Between two reads, each of which is of all rows, however often limits change. */
const PAUSE_MS = 1_000;

/**
 * The limits of every tenant, in memory, so that asking costs no wait. A change is read once its notice arrives. While the
 * database is away, the last known limits hold.
 */
@Injectable()
export class TenantQuotas implements OnApplicationBootstrap, OnApplicationShutdown {
  readonly #logger = new Logger(TenantQuotas.name);
  readonly #defaults: TenantLimits;
  #own: ReadonlyMap<string, TenantLimits> = new Map();
  readonly #over = new AbortController();
  #isStale = false;
  #isRefreshing = false;
  #reading: Promise<void> | undefined;
  #failed = false;
  #stop: (() => void) | undefined;

  constructor(
    @Inject(SETTINGS) settings: Settings,
    @Optional() @Inject(TENANT_LIMIT_STORE) private readonly store?: TenantLimitStore,
  ) {
    this.#defaults = defaultLimits(settings);
    store?.onChange(() => this.#refresh());
  }

  /** The same object until something changes. */
  of(tenant: string): TenantLimits {
    return this.#own.get(tenant) ?? this.#defaults;
  }

  async onApplicationBootstrap(): Promise<void> {
    if (!this.store) return;
    this.#stop = systemClock.every(REFRESH_MS, () => this.#refresh());
    this.#refresh();
    await this.#reading;
  }

  onApplicationShutdown(): void {
    this.#stop?.();
    this.#over.abort();
  }

  #refresh(): void {
    this.#isStale = true;
    if (!this.#isRefreshing) void this.#readWhileStale();
  }

  /** Reads once at a time. A change during a read causes another one, because the running one may be too early. */
  async #readWhileStale(): Promise<void> {
    this.#isRefreshing = true;
    while (this.#isStale && !this.#over.signal.aborted) {
      this.#isStale = false;
      this.#reading = this.#read();
      await this.#reading;
      await systemClock.sleep(PAUSE_MS, this.#over.signal);
    }
    this.#isRefreshing = false;
  }

  async #read(): Promise<void> {
    if (!this.store) return;
    try {
      this.#take(await this.store.all());
      this.#failed = false;
    } catch (error) {
      if (!this.#failed) this.#logger.warn({ err: error }, 'limits of tenants cannot be read');
      this.#failed = true;
    }
  }

  #take(own: ReadonlyMap<string, OwnLimits>): void {
    const before = this.#own;
    this.#own = new Map(
      [...own].map(([tenant, limits]) => {
        const now = { ...this.#defaults, ...limits };
        const known = before.get(tenant);
        return [tenant, known && isSame(known, now) ? known : now];
      }),
    );
  }
}

const isSame = (one: TenantLimits, other: TenantLimits): boolean =>
  Object.entries(one).every(([name, value]) => other[name as keyof TenantLimits] === value);
