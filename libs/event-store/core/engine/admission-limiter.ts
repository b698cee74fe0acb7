import { TenantShareError, TenantShares } from '#libs/kernel';
import { type CommandRequest, CommandShareError, CommandUnavailableError } from '../command.js';

export interface AdmissionLimits {
  readonly maxCommands: number;
  readonly maxBytes: number;
}

/**
 * Bounds the number and size of a process's commands in flight. Excess commands are refused at once, before memory grows.
 * Each tenant gets a share of both.
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
    { tenant, bytes }: Pick<CommandRequest<unknown>, 'tenant' | 'bytes'>,
    work: () => Promise<Answer>,
  ): Promise<Answer> {
    const release = this.#take(tenant, bytes);
    try {
      return await work();
    } finally {
      release();
    }
  }

  #take(tenant: string, bytes: number): () => void {
    try {
      if (!this.#bytes.hasRoom(tenant, bytes)) throw this.#bytes.refusal(tenant, bytes);
      const release = this.#commands.acquire(tenant);
      this.#bytes.take(tenant, bytes);
      return () => {
        release();
        this.#bytes.give(tenant, bytes);
      };
    } catch (error) {
      if (!(error instanceof TenantShareError)) throw error;
      throw error.refusal === 'tenant'
        ? new CommandShareError("Too many of the tenant's commands are in flight.")
        : new CommandUnavailableError('Too many commands are in flight.');
    }
  }
}
