import { TenantShareError, TenantShares } from '#libs/kernel';
import { type CommandRequest, CommandShareError, CommandUnavailableError } from '../command.js';

export interface AdmissionLimits {
  readonly maxCommands: number;
  readonly maxBytes: number;
}

/**
 * Bounds what all commands under way in a process take together: more are refused at once, before memory grows. A tenant
 * has its share of both.
 */
export class AdmissionLimiter {
  readonly #commands: TenantShares;
  readonly #bytes: TenantShares;

  constructor({ maxCommands, maxBytes }: AdmissionLimits) {
    this.#commands = new TenantShares(maxCommands);
    this.#bytes = new TenantShares(maxBytes);
  }

  /** @throws CommandUnavailableError when there is no room; CommandShareError when the tenant's commands take it. */
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
      const giveBack = this.#commands.acquire(tenant);
      this.#bytes.take(tenant, bytes);
      return () => {
        giveBack();
        this.#bytes.give(tenant, bytes);
      };
    } catch (error) {
      if (!(error instanceof TenantShareError)) throw error;
      throw error.refusal === 'tenant'
        ? new CommandShareError('Too many commands of the tenant are under way.')
        : new CommandUnavailableError('Too many commands are under way.');
    }
  }
}
