import { SUBSCRIPTION_AGGREGATE } from '#libs/webhooks';
import { Injectable, Logger } from '@nestjs/common';
import type { CommandOrigin } from '#libs/commands';
import type { Position } from '#libs/kernel';
import { CheckpointWaits } from '#libs/projections/postgres';

const PATIENCE_MS = 2_000;

/** Delays an answer until queries see the change it reports. */
@Injectable()
export class ProjectedChanges {
  readonly #logger = new Logger(ProjectedChanges.name);

  constructor(private readonly waits: CheckpointWaits) {}

  /** Never fails, and takes two seconds at most: the change has been made, whether or not queries see it. */
  async seen({ caller, request }: CommandOrigin, position: Position): Promise<void> {
    const wanted = {
      tenant: caller.tenant,
      projection: SUBSCRIPTION_AGGREGATE.table.projection,
      positions: [position],
      withinMs: PATIENCE_MS,
      signal: request.signal,
    };
    await this.waits.passed(wanted).catch((error: unknown) => {
      this.#logger.warn({ err: error }, 'cannot tell whether queries see a change of a subscription');
    });
  }
}
