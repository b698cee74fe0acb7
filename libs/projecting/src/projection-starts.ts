import { Inject, Injectable } from '@nestjs/common';
import { KafkaEventLog } from '#libs/event-store-kafka';
import { type Build, type PostgresTransaction, PostgresProjectionBuilds } from '#libs/persistence';
import { SettingsError } from '#libs/platform';
import type { Projection } from '#libs/projections';
import { PROJECTING, type ProjectingOptions, projectedTopics } from './projecting-options.js';
import { parseStartAt, type StartAt, StartAtError, projectionStartPositions } from './start-at.js';

/** Begins projections where it was said, before anybody reads for them. */
@Injectable()
export class ProjectionStarts {
  readonly #startAt: StartAt;
  /** Of each projection that cannot begin where it was said. */
  readonly #faults = new Map<string, string>();

  constructor(
    @Inject(PROJECTING) options: ProjectingOptions,
    @Inject(PostgresProjectionBuilds) private readonly builds: PostgresProjectionBuilds,
    @Inject(KafkaEventLog) private readonly log: KafkaEventLog,
  ) {
    this.#startAt = readStartAt(options);
  }

  /** What keeps a projection from beginning: for readiness. */
  get fault(): string | undefined {
    const [fault] = this.#faults.values();
    return fault;
  }

  /** The build that queries see, which this has begun if there was none. */
  async live(projection: Projection<PostgresTransaction>): Promise<Build> {
    const { name, topics } = projection;
    try {
      const live = await this.builds.live(projection, () =>
        projectionStartPositions(this.#startAt, topics, this.log),
      );
      this.#faults.delete(name);
      return live;
    } catch (error) {
      if (error instanceof StartAtError) this.#faults.set(name, `${name} cannot begin: ${error.message}`);
      throw error;
    }
  }
}

function readStartAt({ group, projections, startAt }: ProjectingOptions): StartAt {
  // As with every setting: an empty one is none.
  if (startAt === undefined || startAt === '') return { kind: 'beginning' };
  try {
    return parseStartAt(startAt, projectedTopics(projections));
  } catch (error) {
    throw new SettingsError(`Wrong settings:\n  where ${group} begins: ${(error as Error).message}`);
  }
}
