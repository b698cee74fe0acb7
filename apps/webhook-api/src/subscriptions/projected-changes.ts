import { Injectable, Logger } from '@nestjs/common';
import type { Position } from '#libs/kernel';
import { CheckpointWaits } from '#libs/persistence';
import { SUBSCRIPTIONS_PROJECTION } from '#libs/projections';

const PATIENCE_MS = 2_000;

/** Lets an answer wait until queries see what it tells of. */
@Injectable()
export class ProjectedChanges {
  readonly #logger = new Logger(ProjectedChanges.name);

  constructor(private readonly waits: CheckpointWaits) {}

  /** Never fails, and ends within two seconds: the change is made, whether queries see it or not. */
  async seen(tenant: string, position: Position, signal: AbortSignal): Promise<void> {
    const wanted = {
      tenant,
      projection: SUBSCRIPTIONS_PROJECTION,
      positions: [position],
      withinMs: PATIENCE_MS,
      signal,
    };
    await this.waits.passed(wanted).catch((error: unknown) => {
      this.#logger.warn({ err: error }, 'whether queries see a change of a subscription cannot be told');
    });
  }
}
