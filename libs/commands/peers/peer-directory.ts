import { type TopicPartition, topicPartitionKey } from '#libs/kernel';
import { once } from 'node:events';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { Inject, Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { AddressInfo, Server } from 'node:net';
import { type PartitionOwner, PartitionOwnerRepository } from '#libs/event-store/postgres';
import { SETTINGS, schemeOf, type Settings, Siblings } from '#libs/platform';

const REFRESH_PAUSE_MS = 40;
const ANNOUNCE_PAUSE_MS = 250;
const WILDCARDS = new Set(['0.0.0.0', '::']);

/** Announcements are repeated, because the database may lose them. */
const REPEAT_MS = 2_000;

interface Announcement extends TopicPartition {
  readonly claim: number;
  readonly overtaken: () => void;
  /** Written to the database, and no later claim was found there. */
  isKept: boolean;
}

/** Partition owners as announced in the database, including this process's own announcements. */
@Injectable()
export class PeerDirectory implements OnApplicationShutdown {
  /** Authenticates peers at this process's forwarding endpoint; anyone with database access can read it. */
  readonly token: string;
  readonly #logger = new Logger('PeerDirectory');
  readonly #owners = new Map<string, PartitionOwner>();
  /** Tokens of stopping processes, until others have taken over their partitions. */
  readonly #left = new Set<string>();
  readonly #announced = new Map<string, Announcement>();
  #isRepeating = false;
  #refreshing: Promise<void> | undefined;
  #refreshedAt = Number.NEGATIVE_INFINITY;
  #listening: Promise<unknown> | undefined;

  constructor(
    @Inject(SETTINGS) private readonly settings: Settings,
    private readonly repository: PartitionOwnerRepository,
    private readonly http: HttpAdapterHost,
    @Inject(Siblings) siblings: Siblings,
  ) {
    this.token = siblings.token;
  }

  /** The last known owner; `undefined` if there is none, it is stopping, or it is this process. */
  ownerOf(topic: string, partition: number): PartitionOwner | undefined {
    const owner = this.#owners.get(keyOf(topic, partition));
    return !owner || owner.token === this.token || this.#left.has(owner.token) ? undefined : owner;
  }

  /** Stops forwarding to a process that is shutting down and could drop requests. */
  leaves(token: string): void {
    this.#left.add(token);
  }

  isKnown(token: string): boolean {
    return [...this.#owners.values()].some((owner) => owner.token === token);
  }

  /** Reads the owners again, because the known one turned out to be outdated. */
  async refresh(): Promise<void> {
    if (this.#refreshing) return this.#refreshing;
    if (performance.now() - this.#refreshedAt < REFRESH_PAUSE_MS) return;
    this.#refreshing = this.#read().finally(() => {
      this.#refreshedAt = performance.now();
      this.#refreshing = undefined;
    });
    await this.#refreshing;
  }

  /** Keeps the claim announced until a later claim of this process replaces it. */
  announce(topic: string, partition: number, claim: number, overtaken: () => void): void {
    const key = keyOf(topic, partition);
    if (this.#announced.get(key)?.claim === claim) return;
    const announcement = { topic, partition, claim, overtaken, isKept: false };
    this.#announced.set(key, announcement);
    void this.#announce(announcement);
    if (!this.#isRepeating) void this.#repeat();
  }

  onApplicationShutdown(): void {
    this.#announced.clear();
  }

  async #announce(announcement: Announcement): Promise<void> {
    const { topic, partition, claim, overtaken } = announcement;
    let warned = false;
    while (this.#announced.get(keyOf(topic, partition)) === announcement) {
      try {
        const url = this.settings.commands.peerUrl ?? (await this.#ownUrl());
        announcement.isKept = await this.repository.announce({
          topic,
          partition,
          claim,
          url,
          token: this.token,
        });
        if (!announcement.isKept) overtaken();
        return;
      } catch (error) {
        if (!warned)
          this.#logger.warn({ err: error, topic, partition }, 'the partition owner cannot be announced yet');
        warned = true;
        await sleep(ANNOUNCE_PAUSE_MS, undefined, { ref: false });
      }
    }
  }

  /** One query tells for all partitions which announcement is gone or overtaken, and only that one is written again. */
  async #repeat(): Promise<void> {
    this.#isRepeating = true;
    while (this.#announced.size > 0) {
      await sleep(REPEAT_MS, undefined, { ref: false });
      const owners = await this.repository.owners().catch(() => undefined);
      if (!owners) continue;
      const found = new Map(owners.map((owner) => [keyOf(owner.topic, owner.partition), owner]));
      for (const [key, announcement] of this.#announced) {
        const owner = found.get(key);
        const isThere = owner?.token === this.token && owner.claim === announcement.claim;
        if (isThere || !announcement.isKept) continue;
        announcement.isKept = false;
        void this.#announce(announcement);
      }
    }
    this.#isRepeating = false;
  }

  async #read(): Promise<void> {
    try {
      for (const owner of await this.repository.owners()) {
        this.#owners.set(keyOf(owner.topic, owner.partition), owner);
      }
      for (const token of this.#left) if (!this.isKnown(token)) this.#left.delete(token);
    } catch (error) {
      this.#logger.warn({ err: error }, 'partition owners cannot be read');
    }
  }

  async #ownUrl(): Promise<string> {
    const server = this.http.httpAdapter.getHttpServer() as Server;
    // One shared listener, because Node warns of more than ten.
    if (!server.listening) await (this.#listening ??= once(server, 'listening'));
    const { port } = server.address() as AddressInfo;
    const { host } = this.settings.http;
    const name = WILDCARDS.has(host) ? hostname() : host;
    return `${schemeOf(this.settings)}//${name.includes(':') ? `[${name}]` : name}:${port}`;
  }
}

const keyOf = (topic: string, partition: number): string => topicPartitionKey({ topic, partition });
