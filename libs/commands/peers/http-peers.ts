import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import {
  CommandOutcomeUnknownError,
  CommandShareError,
  type CommandPeers,
  type CommandRequest,
  type CommandResult,
  CommandUnavailableError,
  NotOwnerError,
} from '#libs/event-store/core';
import { type Rejection, systemClock, topicPartitionKey } from '#libs/kernel';
import type { PartitionOwner } from '#libs/event-store/postgres';
import { PeerClient } from './peer-client.js';
import { PeerDirectory } from './peer-directory.js';

/** Forwards commands to the owners of other partitions over HTTP. */
@Injectable()
export class HttpPeers implements CommandPeers, OnApplicationShutdown {
  readonly #clients = new Map<string, PeerClient>();

  constructor(private readonly directory: PeerDirectory) {}

  announce(topic: string, partition: number, claim: number, overtaken: () => void): void {
    this.directory.announce(topic, partition, claim, overtaken);
  }

  async forward<Command, State, Refusal extends Rejection>(
    topic: string,
    partition: number,
    request: CommandRequest<Command>,
    deadline: number,
  ): Promise<CommandResult<State, Refusal>> {
    const owner = this.directory.ownerOf(topic, partition);
    try {
      if (!owner) throw new NotOwnerError();
      const timeLeftMs = deadline - systemClock.now();
      const answer = await this.#clientOf(owner).send({ topic, request, timeLeftMs });
      switch (answer.kind) {
        case 'result':
          return answer.result as CommandResult<State, Refusal>;
        case 'share-used-up':
          throw new CommandShareError(answer.message);
        case 'unavailable':
          throw new CommandUnavailableError(answer.message);
        case 'outcome-unknown':
          throw new CommandOutcomeUnknownError();
        case 'leaving':
          this.directory.leaves(owner.token);
          throw new NotOwnerError();
        case 'not-owner':
          throw new NotOwnerError();
        default:
          throw new Error(
            `the owner of ${topicPartitionKey({ topic, partition })} failed: ${answer.message}`,
          );
      }
    } catch (error) {
      if (error instanceof NotOwnerError) {
        await this.directory.refresh();
        this.#forgetOld();
      }
      throw error;
    }
  }

  async onApplicationShutdown(): Promise<void> {
    await Promise.allSettled([...this.#clients.values()].map((client) => client.close()));
  }

  #clientOf({ url, token }: PartitionOwner): PeerClient {
    const known = this.#clients.get(token);
    if (known) return known;
    const client = new PeerClient(url, token);
    this.#clients.set(token, client);
    return client;
  }

  /** Drops clients of unknown tokens, which would add up as processes restart. Pending requests may still finish. */
  #forgetOld(): void {
    for (const [token, client] of this.#clients) {
      if (this.directory.isKnown(token)) continue;
      this.#clients.delete(token);
      client.close().catch(() => undefined);
    }
  }
}
