import { setTimeout as sleep } from 'node:timers/promises';
import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { KafkaEventLog } from '#libs/event-store-kafka';
import {
  type PostgresTransaction,
  ProjectionBuilds,
  READ_MODELS,
  rebuildProjection,
  RebuildUnderWayError,
} from '#libs/persistence';
import type { Projection, RebuildStanding } from '#libs/projections';
import { SETTINGS, type Settings } from '#libs/platform';

const LOOK_AGAIN_MS = 10_000;
const TELL_EVERY_MS = 10_000;

/**
 * Builds anew what this version of the code makes something else of. Until then queries see what the version before has
 * left, which nobody moves on any more but processes of that version.
 */
@Injectable()
export class AutomaticRebuilds implements OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly #logger = new Logger('Rebuild');
  readonly #stop = new AbortController();
  #running: Promise<unknown> | undefined;

  constructor(
    @Inject(SETTINGS) private readonly settings: Settings,
    @Inject(ProjectionBuilds) private readonly builds: ProjectionBuilds,
    @Inject(KafkaEventLog) private readonly log: KafkaEventLog,
  ) {}

  onApplicationBootstrap(): void {
    this.#running = Promise.all(READ_MODELS.map((projection) => this.#keepCurrent(projection)));
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.#stop.abort(new Error('the process stops'));
    await this.#running;
  }

  async #keepCurrent(projection: Projection<PostgresTransaction>): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      try {
        if (await this.#isCurrent(projection)) return;
        await this.#rebuild(projection);
      } catch (error) {
        if (signal.aborted) return;
        const { message } = error as Error;
        if (!(error instanceof RebuildUnderWayError)) this.#logger.warn(`${projection.name}: ${message}`);
      }
      await sleep(LOOK_AGAIN_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  async #isCurrent(projection: Projection<PostgresTransaction>): Promise<boolean> {
    const { version } = await this.builds.live(projection);
    if (version > projection.version) {
      this.#logger.warn(
        `${projection.name} is of version ${version}, and this code of ${projection.version}: it leaves it alone`,
      );
    }
    return version >= projection.version;
  }

  async #rebuild(projection: Projection<PostgresTransaction>): Promise<void> {
    const { name, version } = projection;
    this.#logger.log(`${name} is built anew as version ${version}`);
    let toldAt = performance.now();
    await rebuildProjection({
      database: this.settings.database,
      projection,
      log: {
        fetch: (from, maxBytes) => this.log.fetchReadable(from, maxBytes),
        endOffsets: (topics) => this.log.endOffsets(topics),
      },
      changed: (standing) => {
        if (performance.now() - toldAt < TELL_EVERY_MS) return;
        toldAt = performance.now();
        this.#logger.log(`${name}: ${wordsOf(standing)}`);
      },
      signal: this.#stop.signal,
    });
    this.#logger.log(`${name} is of version ${version} now`);
  }
}

const wordsOf = ({ done, total, leftMs }: RebuildStanding): string =>
  `${Math.floor((100 * done) / Math.max(1, total))} % built${leftMs === undefined ? '' : `, ${Math.ceil(leftMs / 1_000)} s left`}`;
