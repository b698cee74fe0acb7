import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type EmbeddedServer, startMailCatcher } from '../../tools/launcher/embedded.mjs';
import type { CaughtMail, MailFaults } from '../../tools/launcher/servers/mail/mail-catcher.mjs';

/** The mails of a system under test: its `server.url` is the SMTP_URL of the apps. It may be stopped and restarted. */
export class Mailbox {
  private constructor(
    readonly server: EmbeddedServer,
    private readonly directory: string,
  ) {}

  /** @param directory for this mailbox alone; its log and faults stand beside it */
  static async open(directory: string): Promise<Mailbox> {
    const server = await startMailCatcher({ directory, faultsFile: faultsFileOf(directory) });
    return new Mailbox(server, directory);
  }

  /** Lets the server misbehave from now on, or no more. */
  async misbehave(faults?: MailFaults): Promise<void> {
    const file = faultsFileOf(this.directory);
    await (faults ? writeFile(file, JSON.stringify(faults)) : rm(file, { force: true }));
  }

  /** Every mail that was ever taken, repeats and those whose sender was not told included. */
  async caught(): Promise<CaughtMail[]> {
    const log = await readFile(`${this.directory}.log`, 'utf8');
    const lines = log.split('\n').filter((line) => line.startsWith('{') && line.endsWith('}'));
    return lines.map((line) => JSON.parse(line) as CaughtMail);
  }

  /** How often each Message-ID was taken. */
  async counts(): Promise<ReadonlyMap<string, number>> {
    const counts = new Map<string, number>();
    for (const { messageId } of await this.caught()) counts.set(messageId, (counts.get(messageId) ?? 0) + 1);
    return counts;
  }

  /** The newest mails as they came, oldest first. */
  async texts(): Promise<string[]> {
    const names = (await readdir(this.directory)).filter((name) => name.endsWith('.eml')).toSorted();
    return Promise.all(names.map((name) => readFile(join(this.directory, name), 'utf8')));
  }
}

const faultsFileOf = (directory: string): string => `${directory}.faults.json`;
