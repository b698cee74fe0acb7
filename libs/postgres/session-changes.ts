import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnModuleInit,
} from '@nestjs/common';
import { systemClock } from '#libs/kernel';
import { SessionAuthenticator } from '#libs/platform';
import { DatabaseNotices } from './database-notices.js';
import { SESSION_CHANNEL, SessionRepository } from './session.repository.js';

const TIDY_EVERY_MS = 3_600_000;

/** Has a process forget a session as soon as it has ended, and all of them when it may have missed that. */
@Injectable()
export class SessionChanges implements OnModuleInit, OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly #logger = new Logger('Sessions');
  #cancel: (() => void) | undefined;
  #tidying: Promise<void> | undefined;

  constructor(
    @Inject(DatabaseNotices) private readonly notices: DatabaseNotices,
    @Inject(SessionAuthenticator)
    private readonly sessions: Pick<SessionAuthenticator, 'forget' | 'forgetAll'>,
    @Inject(SessionRepository) private readonly repository: Pick<SessionRepository, 'tidy'>,
  ) {}

  onModuleInit(): void {
    this.notices.listen(SESSION_CHANNEL, (hash) => {
      if (hash === undefined) this.sessions.forgetAll();
      else this.sessions.forget(hash);
    });
  }

  onApplicationBootstrap(): void {
    this.#cancel = systemClock.every(TIDY_EVERY_MS, () => {
      this.#tidying ??= this.#tidy();
    });
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.#cancel?.();
    await this.#tidying;
  }

  async #tidy(): Promise<void> {
    try {
      await this.repository.tidy();
    } catch (error) {
      this.#logger.warn({ err: error }, 'sessions that have ended are not deleted yet');
    }
    this.#tidying = undefined;
  }
}
