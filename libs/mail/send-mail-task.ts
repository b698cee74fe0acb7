import { Logger } from '@nestjs/common';
import { Counter } from 'prom-client';
import { CART_AGGREGATE, cartExists, cartStreamId } from '#libs/carts';
import { type Commands, type ProcessCause, processRequest } from '#libs/commands';
import type { MailTask } from '#libs/fulfilment/core';
import {
  headerText,
  isRecorded,
  type MailDetails,
  type MailFacts,
  NOTIFICATION_AGGREGATE,
  type NotificationCommand,
  renderMail,
} from '#libs/notifications';
import { type ExistingOrder, ORDER_AGGREGATE } from '#libs/orders';
import { FORGOTTEN_TEXT, isSealed, type PersonalData } from '#libs/personal-data/sealing';
import type { Tracing } from '#libs/platform';
import type { MailOutcome, OutgoingMail, SmtpMailer } from './smtp-mailer.js';

const MAX_UNRECORDED = 10_000;

const attempts = new Counter({
  name: 'orderstream_mail_attempts_total',
  help: 'Attempts to send a mail to a customer.',
  labelNames: ['outcome'] as const,
});
// `increase` needs a 0 before the first one.
for (const outcome of ['sent', 'failed', 'unanswered'] as const) attempts.inc({ outcome }, 0);

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

  /** Outcomes that the event store has not taken yet, by notification. Another process may have recorded some since. */
  readonly #unrecorded = new Map<string, MailOutcome>();

  constructor(
    private readonly commands: Pick<Commands, 'look' | 'recall' | 'send'>,
    private readonly mailer: Pick<SmtpMailer, 'isOn' | 'messageIdOf' | 'send'>,
    private readonly tracing: Tracing,
    private readonly personalData: Pick<PersonalData, 'opened' | 'sealed'>,
  ) {}

  /** @throws if the mail server or the event store does not answer: try again */
  execute(task: MailTask, cause: ProcessCause): Promise<SendMailAnswer> {
    const { notificationId } = task;
    const running = this.#inFlight.get(notificationId);
    if (running) return running;
    const started = this.#execute(task, cause).finally(() => this.#inFlight.delete(notificationId));
    this.#inFlight.set(notificationId, started);
    return started;
  }

  async #execute(task: MailTask, cause: ProcessCause): Promise<SendMailAnswer> {
    const { notificationId, template, orderId, cartId, facts } = task;
    const before = await this.commands.look(NOTIFICATION_AGGREGATE, notificationId, cause.tenant);
    if (isRecorded(before.state)) return done(before.state.status);
    const source = await this.#sourceOf(task, cause.tenant);
    if (!source) {
      const [code, what] =
        orderId === null
          ? (['cart-not-found', `cart ${cartId}`] as const)
          : (['order-not-found', `order ${orderId}`] as const);
      return { outcome: 'refused', code, detail: `There is no ${what} to write about.` };
    }
    const { customer, currency, total } = source;
    if (customer.email === null) return done('no-address');
    if (!this.mailer.isOn) return done('off');
    const { email, name } = await this.personalData.opened(customer, cause.tenant);
    // The tenant has forgotten the customer since, or the key was lost.
    if (email === null || email === FORGOTTEN_TEXT || isSealed(email)) return done('no-address');
    const mail = renderMail(template, factsOf(source, name, orderId, facts));
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
    const outcome = await this.#outcomeOf(
      { ...details, ...mail, to: email, toName: name },
      task,
      cause.traceparent ?? null,
    );
    const answer = await this.#record(
      outcome.result === 'accepted'
        ? { type: 'record-sent', ...details }
        : { type: 'record-failed', ...details, ...(await this.#sealedError(outcome.error, details, cause)) },
      cause,
    );
    this.#unrecorded.delete(notificationId);
    return answer;
  }

  /** The words of a mail server often hold the address that it refused. */
  #sealedError(error: string, { customerId }: MailDetails, { tenant }: ProcessCause) {
    return this.personalData.sealed(tenant, customerId, { error });
  }

  /** Sends the mail, unless this process has done so and only the record failed. */
  async #outcomeOf(
    mail: OutgoingMail,
    { notificationId, template, orderId }: MailTask,
    parent: string | null,
  ): Promise<MailOutcome> {
    const known = this.#unrecorded.get(notificationId);
    if (known) return known;
    const span = this.tracing.start('send mail', {
      kind: 'client',
      parent,
      attributes: {
        'network.protocol.name': 'smtp',
        'orderstream.template': template,
        'orderstream.notification_id': notificationId,
        'orderstream.order_id': orderId ?? undefined,
      },
    });
    const outcome = await this.mailer
      .send(mail)
      .catch((error: unknown) => {
        attempts.inc({ outcome: 'unanswered' });
        span.fail(error instanceof Error ? error.name : 'Error');
        throw error;
      })
      .finally(() => span.end());
    attempts.inc({ outcome: outcome.result === 'accepted' ? 'sent' : 'failed' });
    if (outcome.result === 'refused')
      this.#logger.warn({ notificationId, error: outcome.error }, 'a mail was refused for good');
    this.#unrecorded.set(notificationId, outcome);
    const [oldest] = this.#unrecorded.keys();
    if (this.#unrecorded.size > MAX_UNRECORDED && oldest !== undefined) this.#unrecorded.delete(oldest);
    return outcome;
  }

  async #sourceOf({ template, orderId, cartId }: MailTask, tenant: string): Promise<MailSource | undefined> {
    if (orderId !== null) {
      // All but the carrier is as it was when the order was created.
      const look = template === 'order-shipped' ? 'look' : 'recall';
      const { state } = await this.commands[look](ORDER_AGGREGATE, orderId, tenant);
      return state.status === 'none' ? undefined : state;
    }
    if (cartId === null) return undefined;
    const { state } = await this.commands.look(CART_AGGREGATE, cartStreamId(tenant, cartId), tenant);
    return cartExists(state) ? state : undefined;
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
  { items, currency, total, carrier, trackingNumber }: MailSource,
  customerName: string | null,
  orderId: string | null,
  facts: MailTask['facts'],
): MailFacts {
  const text = (name: string): string | null => {
    const value = facts[name];
    return typeof value === 'string' ? value : null;
  };
  const amount = facts['amount'];
  return {
    customerName: customerName === null ? null : headerText(customerName),
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
