import {
  type BeforeApplicationShutdown,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { Commands } from '#libs/commands';
import { ADVISORY_LOCKS, DatabaseNotices, PrismaService, tryWithAdvisoryLock } from '#libs/postgres';
import { AUDIT_CHANNEL, AuditOutbox } from '../postgres/index.js';
import { AuditDrain } from './audit-drain.js';

/** Notices wake the drain at once. This finds what they missed, and acts that nobody has ended. */
const POLL_MS = 10_000;

/** Drains the outbox for as long as the app runs: at each notice, and slowly without one. */
@Injectable()
export class AuditDraining implements OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly #logger = new Logger('Audit');
  readonly #drain: AuditDrain;
  #poll: NodeJS.Timeout | undefined;

  constructor(commands: Commands, notices: DatabaseNotices, { pool }: PrismaService) {
    this.#drain = new AuditDrain({
      commands,
      alone: (work) =>
        tryWithAdvisoryLock(pool, ADVISORY_LOCKS.auditDrain, (connection) =>
          work(new AuditOutbox(connection)),
        ),
      onFailure: (error) => this.#logger.warn(`acts wait to be recorded: ${error.message}`),
    });
    notices.listen(AUDIT_CHANNEL, () => this.#drain.wake());
  }

  onApplicationBootstrap(): void {
    this.#poll = setInterval(() => this.#drain.wake(), POLL_MS).unref();
  }

  async beforeApplicationShutdown(): Promise<void> {
    clearInterval(this.#poll);
    await this.#drain.stop();
  }
}
