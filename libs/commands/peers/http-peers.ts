import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
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
import { SETTINGS, type Settings, Siblings, trustingConnector } from '#libs/platform';
import type { ForwardedAnswer, ForwardedCommand } from './forwarded-commands.js';
import { PEER_CONNECT_MS, PeerClient } from './peer-client.js';
import { PeerDirectory } from './peer-directory.js';

/** Forwards commands to the owners of other partitions over HTTP. */
@Injectable()
export class HttpPeers implements CommandPeers, OnApplicationShutdown {
  readonly #clients = new Map<string, PeerClient>();
  /** One for all peers: what it last read is good for new ones too, while the file cannot be used. */
  readonly #connect: ReturnType<typeof trustingConnector>;

  constructor(
    private readonly directory: PeerDirectory,
    private readonly siblings: Siblings,
    @Inject(SETTINGS) { commands }: Settings,
  ) {
    this.#connect = trustingConnector(commands.peerCaFile, { timeout: PEER_CONNECT_MS });
  }

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

  /** @throws NotOwnerError if it does not run any more */
  async sendToSibling(token = '', command: ForwardedCommand): Promise<ForwardedAnswer> {
    const url = this.siblings.urlOf(token);
    if (url === undefined) throw new NotOwnerError();
    return this.#clientOf({ url, token }).send(command);
  }

  async onApplicationShutdown(): Promise<void> {
    await Promise.allSettled([...this.#clients.values()].map((client) => client.close()));
  }

  /** A sibling is reached directly, since the announced URL is that of the shared port. */
  #clientOf({ url, token }: Pick<PartitionOwner, 'url' | 'token'>): PeerClient {
    const address = this.siblings.urlOf(token) ?? url;
    const key = `${token} ${address}`;
    const known = this.#clients.get(key);
    if (known) return known;
    const client = new PeerClient(address, token, this.#connect);
    this.#clients.set(key, client);
    return client;
  }

  /** Drops clients of unknown tokens, which would add up as processes restart. Pending requests may still finish. */
  #forgetOld(): void {
    for (const [key, client] of this.#clients) {
      const [token = ''] = key.split(' ');
      if (this.directory.isKnown(token)) continue;
      this.#clients.delete(key);
      client.close().catch(() => undefined);
    }
  }
}
