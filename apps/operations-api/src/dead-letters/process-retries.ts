import { Injectable } from '@nestjs/common';
import pLimit from 'p-limit';
import { commandProblem, Commands, processRequest } from '#libs/commands';
import { PROCESS_AGGREGATE } from '#libs/fulfilment/core';
import { newId, systemClock } from '#libs/kernel';
import type { AnyDeadLetter } from '#libs/operations/core';

/** Commands under way at once. */
const AT_ONCE = 8;

/** Retries stuck processes, each by a command to its owner. */
@Injectable()
export class ProcessRetries {
  constructor(private readonly commands: Commands) {}

  /**
   * @returns how many were stuck
   * @throws ProblemException if none could be reached
   */
  async retry(letters: readonly AnyDeadLetter[], actor: string): Promise<number> {
    const limit = pLimit(AT_ONCE);
    const results = await Promise.allSettled(
      letters.map((letter) => limit(() => this.#retryOne(letter, actor))),
    );
    const done = results.filter((result) => result.status === 'fulfilled' && result.value).length;
    const failed = results.find((result) => result.status === 'rejected');
    if (done === 0 && failed) throw commandProblem(failed.reason);
    return done;
  }

  async #retryOne({ tenant, subject: processId }: AnyDeadLetter, actor: string): Promise<boolean> {
    const origin = {
      tenant: tenant ?? '',
      actor,
      correlationId: newId(),
      causationId: null,
      commandId: undefined,
    };
    const at = systemClock.now();
    const command = { type: 'retry-process', processId, process: '', at } as const;
    const result = await this.commands.send(PROCESS_AGGREGATE, processRequest(origin, processId, command));
    return result.ok;
  }
}
