import { Inject, Injectable, Logger } from '@nestjs/common';
import { KafkaEventLog } from '#libs/kafka';
import { type Build, PostgresProjectionBuilds } from '../postgres/projection-builds.js';
import type { PostgresTransaction } from '../postgres/postgres-transaction.js';
import { TableError } from '../postgres/state-table-projection.js';
import { SettingsError } from '#libs/platform';
import { type PooledPrisma, PrismaService } from '#libs/postgres';
import type { Projection } from '../core/runtime/projection.js';
import { PROJECTING, type ProjectingOptions, projectedTopics } from './projecting-options.js';
import { parseStartAt, type StartAt, StartAtError, projectionStartPositions } from './start-at.js';

/** Begins new projections at the configured start, before any partition is read for them. */
@Injectable()
export class ProjectionStarts {
  readonly #logger = new Logger('Projector');
  readonly #startAt: StartAt;
  /** Projections whose live build this process has seen. */
  readonly #seen = new Set<string>();
  /** Why a projection cannot begin at the configured start, by its name. */
  readonly #faults = new Map<string, string>();

  constructor(
    @Inject(PROJECTING) private readonly options: ProjectingOptions,
    @Inject(PostgresProjectionBuilds) private readonly builds: PostgresProjectionBuilds,
    @Inject(KafkaEventLog) private readonly log: KafkaEventLog,
    @Inject(PrismaService) private readonly prisma: Pick<PooledPrisma, 'pool'>,
  ) {
    this.#startAt = readStartAt(options);
  }

  /** Why a projection cannot start, for readiness. */
  get fault(): string | undefined {
    const [fault] = this.#faults.values();
    return fault;
  }

  /** The live build, which is created at the configured start if there is none yet. */
  async live(projection: Projection<PostgresTransaction>): Promise<Build> {
    const { name, topics } = projection;
    try {
      // Tables change with a deployment, so once is enough: this runs for each partition.
      if (!this.#seen.has(name)) await projection.check?.(this.prisma.pool);
      let isNew = false;
      const live = await this.builds.live(projection, () => {
        isNew = true;
        return projectionStartPositions(this.#startAt, topics, this.log);
      });
      if (!isNew) this.#logIgnoredStart(name);
      this.#seen.add(name);
      this.#faults.delete(name);
      return live;
    } catch (error) {
      if (error instanceof StartAtError || error instanceof TableError)
        this.#faults.set(name, `${name} cannot begin: ${error.message}`);
      throw error;
    }
  }

  /** A start counts once, for the first build. Later starts of the process would otherwise ignore it in silence. */
  #logIgnoredStart(name: string): void {
    const { startAt } = this.options;
    if (!startAt || this.#seen.has(name)) return;
    this.#logger.log(
      `${name} continues from its checkpoints: its configured start "${startAt}" only counts the first time. ` +
        `To begin there now: npx --no-install orderstream projections replay ${name} --from ${startAt}`,
    );
  }
}

function readStartAt({ group, projections, startAt }: ProjectingOptions): StartAt {
  // An empty setting counts as unset, as everywhere.
  if (startAt === undefined || startAt === '') return { kind: 'beginning' };
  try {
    return parseStartAt(startAt, projectedTopics(projections));
  } catch (error) {
    throw new SettingsError(`Wrong settings:\n  where ${group} begins: ${(error as Error).message}`);
  }
}
