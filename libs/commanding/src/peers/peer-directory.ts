import { topicPartitionKey } from '#libs/kernel';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { Inject, Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { AddressInfo, Server } from 'node:net';
import { type PartitionOwner, PartitionOwnerRepository } from '#libs/persistence';
import { SETTINGS, type Settings } from '#libs/platform';

/** Looking for a new owner is cheap, and not free. */
const REFRESH_PAUSE_MS = 40;
const ANNOUNCE_PAUSE_MS = 250;
const WILDCARDS = new Set(['0.0.0.0', '::']);

/** Written down again and again, since the database may lose it. */
const REPEAT_MS = 2_000;

/** Who owns which partition, as the owners have written it down; and what this process writes down about itself. */
@Injectable()
export class PeerDirectory implements OnApplicationShutdown {
  /** Opens this process's door to the others: known to whoever can read the database. */
  readonly token = randomBytes(24).toString('base64url');
  readonly #logger = new Logger('PeerDirectory');
  readonly #owners = new Map<string, PartitionOwner>();
  /** Tokens of processes that stop, until others have taken their partitions over. */
  readonly #left = new Set<string>();
  readonly #announced = new Map<string, number>();
  #refreshing: Promise<void> | undefined;
  #refreshedAt = Number.NEGATIVE_INFINITY;
  #listening: Promise<unknown> | undefined;

  constructor(
    @Inject(SETTINGS) private readonly settings: Settings,
    private readonly repository: PartitionOwnerRepository,
    private readonly http: HttpAdapterHost,
  ) {}

  /** As last known; `undefined` when nobody is, or it is this process that was. */
  ownerOf(topic: string, partition: number): PartitionOwner | undefined {
    const owner = this.#owners.get(keyOf(topic, partition));
    return !owner || owner.token === this.token || this.#left.has(owner.token) ? undefined : owner;
  }

  /** That process stops: what is sent to it from now on could be cut off. */
  leaves(token: string): void {
    this.#left.add(token);
  }

  /** Whether anybody goes by this token still, as far as is known. */
  isKnown(token: string): boolean {
    return [...this.#owners.values()].some((owner) => owner.token === token);
  }

  /** What is known turned out to be old. */
  async refresh(): Promise<void> {
    if (this.#refreshing) return this.#refreshing;
    if (performance.now() - this.#refreshedAt < REFRESH_PAUSE_MS) return;
    this.#refreshing = this.#read().finally(() => {
      this.#refreshedAt = performance.now();
      this.#refreshing = undefined;
    });
    await this.#refreshing;
  }

  /** Sees to it that it is written down, until a later claim of this process takes its place. */
  announce(topic: string, partition: number, claim: number, overtaken: () => void): void {
    const before = this.#announced.get(keyOf(topic, partition));
    this.#announced.set(keyOf(topic, partition), claim);
    if (before !== claim) void this.#announce(topic, partition, claim, overtaken);
  }

  onApplicationShutdown(): void {
    this.#announced.clear();
  }

  async #announce(topic: string, partition: number, claim: number, overtaken: () => void): Promise<void> {
    let warned = false;
    while (this.#announced.get(keyOf(topic, partition)) === claim) {
      try {
        const url = this.settings.commands.peerUrl ?? (await this.#ownUrl());
        const announced = await this.repository.announce({ topic, partition, claim, url, token: this.token });
        if (!announced) return overtaken();
        warned = false;
        await sleep(REPEAT_MS, undefined, { ref: false });
      } catch (error) {
        if (!warned)
          this.#logger.warn({ err: error, topic, partition }, 'the owner cannot be written down yet');
        warned = true;
        await sleep(ANNOUNCE_PAUSE_MS, undefined, { ref: false });
      }
    }
  }

  async #read(): Promise<void> {
    try {
      for (const owner of await this.repository.owners()) {
        this.#owners.set(keyOf(owner.topic, owner.partition), owner);
      }
      for (const token of this.#left) if (!this.isKnown(token)) this.#left.delete(token);
    } catch (error) {
      this.#logger.warn({ err: error }, 'owners of partitions cannot be looked up');
    }
  }

  async #ownUrl(): Promise<string> {
    const server = this.http.httpAdapter.getHttpServer() as Server;
    // One listener, however many partitions wait: Node warns of more than ten.
    if (!server.listening) await (this.#listening ??= once(server, 'listening'));
    const { port } = server.address() as AddressInfo;
    const { host } = this.settings.http;
    const name = WILDCARDS.has(host) ? hostname() : host;
    return `http://${name.includes(':') ? `[${name}]` : name}:${port}`;
  }
}

const keyOf = (topic: string, partition: number): string => topicPartitionKey({ topic, partition });
