import { Logger } from '@nestjs/common';
import { type Commands, processRequest } from '#libs/commands';
import {
  headerText,
  isRecorded,
  type MailDetails,
  type MailFacts,
  type MailTemplate,
  NOTIFICATION_AGGREGATE,
  type NotificationCommand,
  renderMail,
} from '#libs/notifications';
import { type ExistingOrder, ORDER_AGGREGATE } from '#libs/orders';
import type { SmtpMailer } from './smtp-mailer.js';

type ProcessCause = Parameters<typeof processRequest>[0];

export interface SendMail {
  /** Names the mail forever: it is recorded once. */
  readonly notificationId: string;
  readonly template: MailTemplate;
  /** What the mail is about: an order or a cart. */
  readonly orderId: string | null;
  readonly cartId: string | null;
  /** `cause`, `amount`, `carrier` and `trackingNumber`, where the template uses them. */
  readonly facts: Readonly<Record<string, string | number | null>>;
}

export type SendMailAnswer =
  | {
      readonly outcome: 'done';
      /** `no-address`: the customer has none. `off`: no mail server is configured. Neither leaves an event. */
      readonly data: { readonly result: 'sent' | 'failed' | 'no-address' | 'off' };
    }
  | { readonly outcome: 'refused'; readonly code: string; readonly detail: string };

/** An order or cart, as far as mails need it. */
type MailSource = Pick<ExistingOrder, 'customer' | 'items' | 'currency' | 'total'> &
  Partial<Pick<ExistingOrder, 'carrier' | 'trackingNumber'>>;

const done = (result: 'sent' | 'failed' | 'no-address' | 'off'): SendMailAnswer => ({
  outcome: 'done',
  data: { result },
});

/**
 * Sends a mail to a customer and records the outcome. A repeat that finds the outcome sends nothing. The mail server's
 * answer and the record are two steps: after a crash between them the mail is sent once more, with the same Message-ID.
 */
export class SendMailTask {
  readonly #logger = new Logger(SendMailTask.name);
  /** By notification: a caller that does not wait for the first attempt joins it. */
  readonly #inFlight = new Map<string, Promise<SendMailAnswer>>();

  constructor(
    private readonly commands: Pick<Commands, 'look' | 'send'>,
    private readonly mailer: Pick<SmtpMailer, 'isOn' | 'messageIdOf' | 'send'>,
  ) {}

  /** @throws if the mail server or the event store does not answer: try again */
  execute(task: SendMail, cause: ProcessCause): Promise<SendMailAnswer> {
    const { notificationId } = task;
    const running = this.#inFlight.get(notificationId);
    if (running) return running;
    const started = this.#execute(task, cause).finally(() => this.#inFlight.delete(notificationId));
    this.#inFlight.set(notificationId, started);
    return started;
  }

  async #execute(task: SendMail, cause: ProcessCause): Promise<SendMailAnswer> {
    const { notificationId, template, orderId, cartId, facts } = task;
    const before = await this.commands.look(NOTIFICATION_AGGREGATE, notificationId, cause.tenant);
    if (isRecorded(before.state)) return done(before.state.status);
    const source = await this.#sourceOf(task, cause.tenant);
    if (!source) {
      const detail = `There is no order ${orderId} to write about.`;
      return { outcome: 'refused', code: 'order-not-found', detail };
    }
    const { customer, currency, total } = source;
    if (customer.email === null) return done('no-address');
    if (!this.mailer.isOn) return done('off');
    const mail = renderMail(template, factsOf(source, orderId, facts));
    const details: MailDetails = {
      notificationId,
      template,
      to: customer.email,
      subject: mail.subject,
      messageId: this.mailer.messageIdOf(notificationId),
      orderId,
      cartId,
      customerId: customer.id,
      currency,
      total,
    };
    const sent = await this.mailer.send({ ...details, ...mail, toName: customer.name });
    if (sent.result === 'refused')
      this.#logger.warn({ notificationId, template, error: sent.error }, 'a mail was refused for good');
    return this.#record(
      sent.result === 'accepted'
        ? { type: 'record-sent', ...details }
        : { type: 'record-failed', ...details, error: sent.error },
      cause,
    );
  }

  async #sourceOf({ orderId }: SendMail, tenant: string): Promise<MailSource | undefined> {
    if (orderId === null) return undefined;
    const { state } = await this.commands.look(ORDER_AGGREGATE, orderId, tenant);
    return state.status === 'none' ? undefined : state;
  }

  async #record(command: NotificationCommand, cause: ProcessCause): Promise<SendMailAnswer> {
    const request = processRequest(cause, command.notificationId, command);
    const recorded = await this.commands.send(NOTIFICATION_AGGREGATE, request);
    if (!recorded.ok) return { outcome: 'refused', ...recorded.problem };
    const { state } = recorded.value.stream;
    if (!isRecorded(state)) throw new Error(`notification ${command.notificationId} was not recorded`);
    return done(state.status);
  }
}

function factsOf(
  { customer, items, currency, total, carrier, trackingNumber }: MailSource,
  orderId: string | null,
  facts: SendMail['facts'],
): MailFacts {
  const text = (name: string): string | null => {
    const value = facts[name];
    return typeof value === 'string' ? value : null;
  };
  const amount = facts['amount'];
  return {
    customerName: customer.name === null ? null : headerText(customer.name),
    orderId,
    currency,
    items,
    total,
    cause: text('cause'),
    amount: typeof amount === 'number' ? amount : null,
    carrier: text('carrier') ?? carrier ?? null,
    trackingNumber: text('trackingNumber') ?? trackingNumber ?? null,
  };
}
