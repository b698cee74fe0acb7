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

/**
 * The limits of every tenant, in memory, so that asking costs no wait. A change is read once its notice arrives. While the
 * database is away, the last known limits hold.
 */
@Injectable()
export class TenantQuotas implements OnApplicationBootstrap, OnApplicationShutdown {
  readonly #logger = new Logger(TenantQuotas.name);
  readonly #defaults: TenantLimits;
  #own: ReadonlyMap<string, TenantLimits> = new Map();
  #isReading = false;
  #readAgain = false;
  #failed = false;
  #stop: (() => void) | undefined;

  constructor(
    @Inject(SETTINGS) settings: Settings,
    @Optional() @Inject(TENANT_LIMIT_STORE) private readonly store?: TenantLimitStore,
  ) {
    this.#defaults = defaultLimits(settings);
    store?.onChange(() => void this.#refresh());
  }

  /** The same object until something changes. */
  of(tenant: string): TenantLimits {
    return this.#own.get(tenant) ?? this.#defaults;
  }

  async onApplicationBootstrap(): Promise<void> {
    if (!this.store) return;
    this.#stop = systemClock.every(REFRESH_MS, () => void this.#refresh());
    await this.#refresh();
  }

  onApplicationShutdown(): void {
    this.#stop?.();
  }

  /** Reads once at a time. A change during a read causes another one, because the running one may be too early. */
  async #refresh(): Promise<void> {
    this.#readAgain = true;
    if (this.#isReading || !this.store) return;
    this.#isReading = true;
    while (this.#readAgain) {
      this.#readAgain = false;
      try {
        this.#take(await this.store.all());
        this.#failed = false;
      } catch (error) {
        if (!this.#failed) this.#logger.warn({ err: error }, 'limits of tenants cannot be read');
        this.#failed = true;
      }
    }
    this.#isReading = false;
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
