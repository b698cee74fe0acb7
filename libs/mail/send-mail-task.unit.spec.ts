import type { Commands } from '#libs/commands';
import { applyEvent, emptyStream, newId, type Stream } from '#libs/kernel';
import {
  NOTIFICATION_AGGREGATE,
  type NotificationCommand,
  type NotificationState,
} from '#libs/notifications';
import { ORDER_AGGREGATE, type OrderState, orderDecider } from '#libs/orders';
import { someMetadata, someOrderEvent } from '#libs/orders/testing';
import { type SendMail, SendMailTask } from './send-mail-task.js';
import type { MailOutcome, OutgoingMail } from './smtp-mailer.js';

const [orderId, notificationId] = [newId(), newId()];
const task: SendMail = {
  notificationId,
  template: 'order-confirmed',
  orderId,
  cartId: null,
  facts: {},
};
const cause = {
  tenant: 't',
  actor: 'order-fulfilment',
  correlationId: 'c',
  causationId: null,
  commandId: 'order-fulfilment 1',
};

/** An engine of one order and its notifications. */
function engineWith(email: string | null) {
  const created = someOrderEvent(orderId, 1, undefined, { tenant: 't' });
  if (created.type !== 'order.created') throw new Error('the first event creates the order');
  const customer = { id: 'c-1', email, name: 'Ada\r\nBcc: eve@example.com' };
  const event = { ...created, data: { ...created.data, customer } };
  const order: Stream<OrderState> = applyEvent(orderDecider, emptyStream(orderDecider.initialState), event);
  const { decider } = NOTIFICATION_AGGREGATE;
  let notification: Stream<NotificationState> = emptyStream(decider.initialState);
  const looked: string[] = [];
  const sent: NotificationCommand[] = [];
  const commands = {
    look: async ({ topic }: { topic: string }, streamId: string) => {
      looked.push(`${topic}/${streamId}`);
      if (topic === NOTIFICATION_AGGREGATE.topic) return notification;
      return topic === ORDER_AGGREGATE.topic && streamId === orderId
        ? order
        : emptyStream({ status: 'none' });
    },
    send: async (_: unknown, { command }: { command: NotificationCommand }) => {
      sent.push(command);
      const decision = decider.decide(command, notification.state);
      if (!decision.ok) throw new Error('notifications refuse nothing');
      for (const each of decision.value) {
        const metadata = someMetadata({ tenant: 't', version: notification.version + 1 });
        notification = applyEvent(decider, notification, { ...each, metadata });
      }
      return { ok: true, value: { stream: notification } };
    },
  } as unknown as Pick<Commands, 'look' | 'send'>;
  return { commands, looked, sent };
}

function start({ email = 'ada@example.com', isOn = true }: { email?: string | null; isOn?: boolean } = {}) {
  const engine = engineWith(email);
  const mails: OutgoingMail[] = [];
  let outcome: MailOutcome | Error = { result: 'accepted' };
  const mailer = {
    isOn,
    messageIdOf: (id: string) => `${id}@shop.example`,
    send: async (mail: OutgoingMail) => {
      mails.push(mail);
      if (outcome instanceof Error) throw outcome;
      return outcome;
    },
  };
  return {
    ...engine,
    mails,
    answerWith: (next: MailOutcome | Error) => {
      outcome = next;
    },
    task: new SendMailTask(engine.commands, mailer),
  };
}

const done = (result: string) => ({ outcome: 'done', data: { result } });

describe('the task of sending a mail', () => {
  it('looks up the order, sends the mail and records it with what later readers need', async () => {
    const { task: mail, mails, sent } = start();
    expect(await mail.execute(task, cause)).toEqual(done('sent'));
    expect(mails).toEqual([
      expect.objectContaining({
        to: 'ada@example.com',
        toName: expect.stringContaining('Ada'),
        messageId: `${notificationId}@shop.example`,
        subject: `Your order is confirmed (${orderId})`,
        text: expect.stringContaining('2 × tea'),
      }),
    ]);
    expect(sent).toEqual([
      {
        type: 'record-sent',
        notificationId,
        template: 'order-confirmed',
        to: 'ada@example.com',
        subject: `Your order is confirmed (${orderId})`,
        messageId: `${notificationId}@shop.example`,
        orderId,
        cartId: null,
        customerId: 'c-1',
        currency: 'EUR',
        total: 900,
      },
    ]);
  });

  it('sends nothing again once the outcome is recorded', async () => {
    const { task: mail, mails } = start();
    await mail.execute(task, cause);
    expect(await mail.execute(task, { ...cause, commandId: 'order-fulfilment 2' })).toEqual(done('sent'));
    expect(mails).toHaveLength(1);
  });

  it('sends once for callers that do not wait for each other', async () => {
    const { task: mail, mails } = start();
    const answers = await Promise.all([1, 2, 3].map(() => mail.execute(task, cause)));
    expect(answers).toEqual([done('sent'), done('sent'), done('sent')]);
    expect(mails).toHaveLength(1);
  });

  it('records what the server refuses for good, and does not try again', async () => {
    const { task: mail, mails, sent, answerWith } = start();
    answerWith({ result: 'refused', error: '550 no such mailbox' });
    expect(await mail.execute(task, cause)).toEqual(done('failed'));
    expect(sent).toEqual([expect.objectContaining({ type: 'record-failed', error: '550 no such mailbox' })]);
    answerWith({ result: 'accepted' });
    expect(await mail.execute(task, cause)).toEqual(done('failed'));
    expect(mails).toHaveLength(1);
  });

  it('throws while the server does not answer, records nothing, and repeats under the same id', async () => {
    const { task: mail, mails, sent, answerWith } = start();
    answerWith(new Error('connection refused'));
    await expect(mail.execute(task, cause)).rejects.toThrow('connection refused');
    expect(sent).toEqual([]);
    answerWith({ result: 'accepted' });
    expect(await mail.execute(task, cause)).toEqual(done('sent'));
    expect(new Set(mails.map(({ messageId }) => messageId)).size).toBe(1);
  });

  it('leaves out a customer without an address, and everyone where no server is configured', async () => {
    for (const [given, result] of [
      [{ email: null }, 'no-address'],
      [{ isOn: false }, 'off'],
    ] as const) {
      const { task: mail, mails, sent } = start(given);
      expect(await mail.execute(task, cause)).toEqual(done(result));
      expect([mails, sent]).toEqual([[], []]);
    }
  });

  it('refuses to write about an order that does not exist', async () => {
    const { task: mail, mails } = start();
    expect(await mail.execute({ ...task, orderId: newId() }, cause)).toMatchObject({
      outcome: 'refused',
      code: 'order-not-found',
    });
    expect(mails).toEqual([]);
  });

  it('tells the template what the process knows', async () => {
    const { task: mail, mails } = start();
    const facts = { carrier: 'UPS', trackingNumber: '1Z9', amount: 450, cause: 'out-of-stock' };
    await mail.execute({ ...task, template: 'order-shipped', facts }, cause);
    await mail.execute({ ...task, notificationId: newId(), template: 'payment-refunded', facts }, cause);
    expect(mails[0]?.text).toContain('left with UPS');
    expect(mails[0]?.text).toContain('1Z9');
  });
});
