import { systemClock } from '#libs/kernel';
import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { KafkaEventLog } from '#libs/kafka';
import type { PostgresTransaction } from '../postgres/postgres-transaction.js';
import { rebuildProjection, RebuildUnderWayError } from '../postgres/rebuild-projection.js';
import { SETTINGS, type Settings } from '#libs/platform';
import type { Projection } from '../core/runtime/projection.js';
import { type RebuildStatus, remainingTime } from '../core/rebuild/rebuild-progress.js';
import { PROJECTING, type ProjectingOptions } from './projecting-options.js';
import { ProjectionStarts } from './projection-starts.js';

const CHECK_EVERY_MS = 10_000;
const LOG_EVERY_MS = 10_000;

/**
 * Rebuilds projections whose code has a newer version, or whose rebuild was requested. Until the switch, queries read the
 * old build, which only processes of its own version keep up to date.
 */
@Injectable()
export class AutomaticRebuilds implements OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly #logger = new Logger('Rebuild');
  readonly #stop = new AbortController();
  readonly #newer = new Set<string>();
  #running: Promise<unknown> | undefined;

  constructor(
    @Inject(PROJECTING) private readonly options: ProjectingOptions,
    @Inject(SETTINGS) private readonly settings: Settings,
    @Inject(ProjectionStarts) private readonly starts: ProjectionStarts,
    @Inject(KafkaEventLog) private readonly log: KafkaEventLog,
  ) {}

  onApplicationBootstrap(): void {
    this.#running = Promise.all(this.options.projections.map((projection) => this.#keepCurrent(projection)));
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.#stop.abort(new Error('the process is stopping'));
    await this.#running;
  }

  async #keepCurrent(projection: Projection<PostgresTransaction>): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      try {
        if (!(await this.#isCurrent(projection))) await this.#rebuild(projection);
      } catch (error) {
        if (signal.aborted) return;
        const { message } = error as Error;
        if (!(error instanceof RebuildUnderWayError)) this.#logger.warn(`${projection.name}: ${message}`);
      }
      await systemClock.sleep(CHECK_EVERY_MS, signal);
    }
  }

  async #isCurrent(projection: Projection<PostgresTransaction>): Promise<boolean> {
    const { name } = projection;
    const { version } = await this.starts.live(projection);
    if (version <= projection.version) this.#newer.delete(name);
    else if (!this.#newer.has(name)) {
      this.#newer.add(name);
      this.#logger.warn(
        `${name} has version ${version}, which is newer than this code's ${projection.version}: it is left alone`,
      );
    }
    return version >= projection.version;
  }

  async #rebuild(projection: Projection<PostgresTransaction>): Promise<void> {
    const { name, version } = projection;
    this.#logger.log(`rebuilding ${name} as version ${version}`);
    let toldAt = performance.now();
    await rebuildProjection({
      database: this.settings.database,
      projection,
      log: this.log,
      changed: (status) => {
        if (performance.now() - toldAt < LOG_EVERY_MS) return;
        toldAt = performance.now();
        this.#logger.log(`${name}: ${progressLine(status)}`);
      },
      signal: this.#stop.signal,
    });
    this.#logger.log(`${name} now has version ${version}`);
  }
}

const progressLine = (status: RebuildStatus): string =>
  `${Math.floor((100 * status.done) / Math.max(1, status.total))} % loaded, ${remainingTime(status)}`;
