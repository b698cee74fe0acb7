import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { systemClock } from '#libs/kernel';
import { API_KEY_STORE, type ApiKeyStore } from './api-keys.js';

const WRITE_EVERY_MS = 60_000;
/** What follows waits for the next write, so that memory stays bounded whatever the store does. */
const MAX_GATHERED = 100_000;

/** Gathers when keys are used, and writes it once a minute, for all keys together and apart from requests. */
@Injectable()
export class ApiKeyUses implements OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly #logger = new Logger(ApiKeyUses.name);
  /** Milliseconds by key id. */
  #uses = new Map<string, number>();
  #cancel: (() => void) | undefined;
  #writing: Promise<void> | undefined;
  #hasFailed = false;

  constructor(@Inject(API_KEY_STORE) private readonly store: Pick<ApiKeyStore, 'noteUse'>) {}

  onApplicationBootstrap(): void {
    this.#cancel = systemClock.every(WRITE_EVERY_MS, () => void this.write());
  }

  /** Comes before the pool of the database ends. */
  async beforeApplicationShutdown(): Promise<void> {
    this.#cancel?.();
    await this.#writing;
    await this.write();
  }

  note(keyId: string, at: number): void {
    if (this.#uses.size < MAX_GATHERED || this.#uses.has(keyId)) this.#uses.set(keyId, at);
  }

  /** Writes what was gathered, unless a write is under way. Never rejects: what cannot be written is kept for the next time. */
  write(): Promise<void> {
    return (this.#writing ??= this.#write().finally(() => {
      this.#writing = undefined;
    }));
  }

  async #write(): Promise<void> {
    const uses = this.#uses;
    if (uses.size === 0) return;
    this.#uses = new Map();
    try {
      await this.store.noteUse(new Map([...uses].map(([keyId, at]) => [keyId, new Date(at)])));
      this.#hasFailed = false;
    } catch (error) {
      const since = this.#uses;
      this.#uses = uses;
      for (const [keyId, at] of since) this.note(keyId, at);
      if (!this.#hasFailed) this.#logger.warn({ err: error }, 'the last use of API keys cannot be written');
      this.#hasFailed = true;
    }
  }
}
