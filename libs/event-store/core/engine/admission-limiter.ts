import { TenantShares } from '#libs/kernel';
import { type CommandRequest, CommandShareError, CommandUnavailableError } from '../command.js';

export interface AdmissionLimits {
  readonly maxCommands: number;
  readonly maxBytes: number;
}

/**
 * Bounds the number and size of a process's commands in flight. Excess commands are refused at once, before memory grows.
 * Each tenant gets a share of both. Commands that follow from events count, but are never refused: a process that cannot
 * go on keeps what it holds.
 */
export class AdmissionLimiter {
  readonly #commands: TenantShares;
  readonly #bytes: TenantShares;

  constructor({ maxCommands, maxBytes }: AdmissionLimits) {
    this.#commands = new TenantShares(maxCommands);
    this.#bytes = new TenantShares(maxBytes);
  }

  /** @throws CommandUnavailableError when the limits are reached; CommandShareError when the tenant's share is. */
  async admit<Answer>(
    { tenant, bytes, isFollowUp }: Pick<CommandRequest<unknown>, 'tenant' | 'bytes' | 'isFollowUp'>,
    work: () => Promise<Answer>,
  ): Promise<Answer> {
    if (!isFollowUp) this.#refuseWithoutRoom(tenant, bytes);
    const release = this.#take(tenant, bytes);
    try {
      return await work();
    } finally {
      release();
    }
  }

  #refuseWithoutRoom(tenant: string, bytes: number): void {
    const full = [[this.#bytes, bytes] as const, [this.#commands, 1] as const].find(
      ([shares, amount]) => !shares.hasRoom(tenant, amount),
    );
    if (!full) return;
    const [shares, amount] = full;
    throw shares.refusal(tenant, amount).refusal === 'tenant'
      ? new CommandShareError("Too many of the tenant's commands are in flight.")
      : new CommandUnavailableError('Too many commands are in flight.');
  }

  #take(tenant: string, bytes: number): () => void {
    this.#commands.take(tenant, 1);
    this.#bytes.take(tenant, bytes);
    return () => {
      this.#commands.give(tenant, 1);
      this.#bytes.give(tenant, bytes);
    };
  }
}
