import { CommandUnavailableError } from '../command.js';

export interface IntakeLimits {
  readonly maxCommands: number;
  readonly maxBytes: number;
}

/** Bounds what all commands under way in a process take together: more are refused at once, before memory grows. */
export class CommandIntake {
  #commands = 0;
  #bytes = 0;

  constructor(private readonly limits: IntakeLimits) {}

  /** @throws CommandUnavailableError when there is no room. */
  async admit<Answer>(bytes: number, work: () => Promise<Answer>): Promise<Answer> {
    const { maxCommands, maxBytes } = this.limits;
    if (this.#commands >= maxCommands || this.#bytes + bytes > maxBytes) {
      throw new CommandUnavailableError('Too many commands are under way.');
    }
    this.#commands++;
    this.#bytes += bytes;
    try {
      return await work();
    } finally {
      this.#commands--;
      this.#bytes -= bytes;
    }
  }
}
