import type { OnApplicationShutdown } from '@nestjs/common';
import { createTransport } from 'nodemailer';
import pLimit from 'p-limit';
import { emailSchema } from '#libs/contracts';
import { headerText } from '#libs/notifications';
import type { Settings } from '#libs/platform';
import { permanentRefusal } from './smtp-refusal.js';

const MAX_CONNECTIONS = 8;
/** Of each step of a session. */
const STEP_TIMEOUT_MS = 10_000;
/** A server that trickles its replies passes every time-out of a step. */
const SEND_TIMEOUT_MS = 30_000;

export interface OutgoingMail {
  /** Without angle brackets. */
  readonly messageId: string;
  readonly to: string;
  readonly toName: string | null;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

export type MailOutcome =
  | { readonly result: 'accepted' }
  /** For good: trying again would not help. */
  | { readonly result: 'refused'; readonly error: string };

/** Sends mails to the configured server, over a few connections that it keeps. */
export class SmtpMailer implements OnApplicationShutdown {
  readonly #transport: Transport | undefined;
  readonly #from: Settings['mail']['from'];
  /** Mails wait here, not in the transport, where waiting would use up their time. */
  readonly #limit = pLimit(MAX_CONNECTIONS);

  constructor(
    { smtpUrl, from }: Settings['mail'],
    private readonly timeoutMs = SEND_TIMEOUT_MS,
  ) {
    this.#transport = smtpUrl === undefined ? undefined : makeTransport(smtpUrl);
    this.#from = from;
  }

  /** Whether a mail server is configured. */
  get isOn(): boolean {
    return this.#transport !== undefined;
  }

  /** The Message-ID, without angle brackets, of a mail that has an id of its own. */
  messageIdOf(notificationId: string): string {
    const { address } = this.#from;
    return `${notificationId}@${address.slice(address.lastIndexOf('@') + 1)}`;
  }

  /** @throws if the server may accept the mail later, or may even have accepted it */
  async send(mail: OutgoingMail): Promise<MailOutcome> {
    const transport = this.#transport;
    if (!transport) throw new Error('SMTP_URL is not set');
    // The mail library would mend a malformed address, and perhaps into another one.
    if (!emailSchema.safeParse(mail.to).success)
      return { result: 'refused', error: 'The address of the recipient is malformed.' };
    return this.#limit(() => this.#sendNow(transport, mail));
  }

  async #sendNow(
    transport: Transport,
    { messageId, to, toName, subject, text, html }: OutgoingMail,
  ): Promise<MailOutcome> {
    try {
      await transport.sendMail({
        messageId: `<${messageId}>`,
        from: { name: headerText(this.#from.name), address: this.#from.address },
        // As an object: text would be parsed, and a quoted local part may look like a list.
        to: { name: headerText(toName ?? ''), address: to },
        subject: headerText(subject),
        text,
        html,
        headers: { 'Auto-Submitted': 'auto-generated' },
        signal: AbortSignal.timeout(this.timeoutMs),
      });
      return { result: 'accepted' };
    } catch (error) {
      const reply = permanentRefusal(error);
      if (reply === undefined) throw error;
      return { result: 'refused', error: headerText(reply) };
    }
  }

  onApplicationShutdown(): void {
    this.#transport?.close();
  }
}

type Transport = ReturnType<typeof makeTransport>;

const makeTransport = (url: string) =>
  createTransport({
    url,
    pool: true,
    maxConnections: MAX_CONNECTIONS,
    // After a lost connection the pool would send again by itself, unseen.
    maxRequeues: 0,
    connectionTimeout: STEP_TIMEOUT_MS,
    greetingTimeout: STEP_TIMEOUT_MS,
    dnsTimeout: STEP_TIMEOUT_MS,
    socketTimeout: STEP_TIMEOUT_MS,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
