import { CART_AGGREGATE, cartStreamId } from '#libs/carts';
import { processRequest } from '#libs/commands';
import { InMemoryCommands } from '#libs/commands/testing';
import { newId } from '#libs/kernel';
import { NOTIFICATION_AGGREGATE } from '#libs/notifications';
import { ORDER_AGGREGATE } from '#libs/orders';
import { InMemoryKeys, sealedInMemory } from '#libs/personal-data/testing';
import { NO_TRACING } from '#libs/platform';
import type { MailTask } from '#libs/fulfilment/core';
import { SendMailTask } from './send-mail-task.js';
import type { MailOutcome, OutgoingMail } from './smtp-mailer.js';

const [orderId, cartId, notificationId] = [newId(), 'basket', newId()];
const task: MailTask = {
  type: 'send-mail',
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
const items = [{ sku: 'tea', quantity: 2, unitPrice: 450 }];

/** A task with an order and a cart of the customer, and a mail server that answers as it is told. */
async function start({
  email = 'ada@example.com',
  isOn = true,
}: {
  email?: string | null;
  isOn?: boolean;
} = {}) {
  const commands = new InMemoryCommands();
  const keys = new InMemoryKeys();
  const personalData = sealedInMemory(keys);
  const clear = { email, name: 'Ada\r\nBcc: eve@example.com' };
  const customer = { id: 'c-1', ...(await personalData.sealed('t', 'c-1', clear)) };
  const create = {
    type: 'create-order',
    orderId,
    customer,
    currency: 'EUR',
    items,
    shippingAddress: null,
    metadata: {},
    payment: null,
    fulfilment: true,
  } as const;
  await commands.execute(ORDER_AGGREGATE, processRequest(cause, orderId, create));
  const streamId = cartStreamId('t', cartId);
  for (const [commandId, command] of [
    ['open', { type: 'open-cart', cartId, customer, currency: 'EUR', fulfilment: true }],
    ['set', { type: 'set-item', cartId, ...items[0]! }],
  ] as const)
    await commands.execute(CART_AGGREGATE, processRequest({ ...cause, commandId }, streamId, command));
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
    /** Destroys the key of the customer. */
    forget: () => personalData.forgotten(keys.destroy({ tenant: 't', customerId: 'c-1' })),
    /** What a reader of the tenant sees of an event. */
    opened: <Value>(value: Value) => personalData.opened(value, 't'),
    commands,
    mails,
    recorded: () => commands.events.filter(({ topic }) => topic === NOTIFICATION_AGGREGATE.topic),
    answerWith: (next: MailOutcome | Error) => {
      outcome = next;
    },
    task: new SendMailTask(commands, mailer, NO_TRACING, personalData),
  };
}

const done = (result: string) => ({ outcome: 'done', data: { result } });

describe('the task of sending a mail', () => {
  it('looks up the order, sends the mail and records it with what later readers need', async () => {
    const { task: mail, mails, recorded, opened } = await start();
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
    expect(JSON.stringify(recorded())).not.toContain('ada@');
    expect(await opened(recorded())).toEqual([
      {
        topic: 'notifications',
        type: 'email.sent',
        data: {
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
          error: null,
        },
      },
    ]);
  });

  it('sends nothing again once the outcome is recorded', async () => {
    const { task: mail, mails } = await start();
    await mail.execute(task, cause);
    expect(await mail.execute(task, { ...cause, commandId: 'order-fulfilment 2' })).toEqual(done('sent'));
    expect(mails).toHaveLength(1);
  });

  it('sends once for callers that do not wait for each other', async () => {
    const { task: mail, mails } = await start();
    const answers = await Promise.all([1, 2, 3].map(() => mail.execute(task, cause)));
    expect(answers).toEqual([done('sent'), done('sent'), done('sent')]);
    expect(mails).toHaveLength(1);
  });

  it('records what the server refuses for good, and does not try again', async () => {
    const { task: mail, mails, recorded, answerWith, opened } = await start();
    answerWith({ result: 'refused', error: '550 no such mailbox' });
    expect(await mail.execute(task, cause)).toEqual(done('failed'));
    expect(JSON.stringify(recorded())).not.toContain('mailbox');
    expect(await opened(recorded())).toEqual([
      expect.objectContaining({
        type: 'email.failed',
        data: expect.objectContaining({ error: '550 no such mailbox' }),
      }),
    ]);
    answerWith({ result: 'accepted' });
    expect(await mail.execute(task, cause)).toEqual(done('failed'));
    expect(mails).toHaveLength(1);
  });

  it('throws while the server does not answer, records nothing, and repeats under the same id', async () => {
    const { task: mail, mails, recorded, answerWith } = await start();
    answerWith(new Error('connection refused'));
    await expect(mail.execute(task, cause)).rejects.toThrow('connection refused');
    expect(recorded()).toEqual([]);
    answerWith({ result: 'accepted' });
    expect(await mail.execute(task, cause)).toEqual(done('sent'));
    expect(new Set(mails.map(({ messageId }) => messageId)).size).toBe(1);
  });

  it('leaves out a customer without an address, and everyone where no server is configured', async () => {
    for (const [given, result] of [
      [{ email: null }, 'no-address'],
      [{ isOn: false }, 'off'],
    ] as const) {
      const { task: mail, mails, recorded } = await start(given);
      expect(await mail.execute(task, cause)).toEqual(done(result));
      expect([mails, recorded()]).toEqual([[], []]);
    }
  });

  it('writes to nobody who is forgotten', async () => {
    const { task: mail, mails, recorded, forget } = await start();
    forget();
    expect(await mail.execute(task, cause)).toEqual(done('no-address'));
    expect([mails, recorded()]).toEqual([[], []]);
  });

  it('sends once where only the record failed, however often', async () => {
    const { commands, task: mail, mails, recorded } = await start();
    commands.beforeSend = () => {
      throw new Error('the event store does not answer');
    };
    for (let tries = 0; tries < 3; tries++)
      await expect(mail.execute(task, cause)).rejects.toThrow('does not answer');
    commands.beforeSend = () => {};
    expect(await mail.execute(task, cause)).toEqual(done('sent'));
    expect([mails.length, recorded().length]).toEqual([1, 1]);
  });

  it('refuses to write about an order or a cart that does not exist', async () => {
    const { task: mail, mails } = await start();
    for (const [given, code] of [
      [{ orderId: newId() }, 'order-not-found'],
      [{ orderId: null, cartId: 'another' }, 'cart-not-found'],
    ] as const)
      expect(await mail.execute({ ...task, ...given }, cause)).toMatchObject({ outcome: 'refused', code });
    expect(mails).toEqual([]);
  });

  it('reminds of a cart with what is in it', async () => {
    const { task: mail, mails, recorded } = await start();
    const reminder = { ...task, template: 'cart-reminder', orderId: null, cartId } as const;
    expect(await mail.execute(reminder, cause)).toEqual(done('sent'));
    expect(mails[0]).toMatchObject({
      to: 'ada@example.com',
      text: expect.stringContaining('2 × tea: €9.00'),
    });
    expect(recorded()[0]?.data).toMatchObject({ orderId: null, cartId, customerId: 'c-1', total: 900 });
  });

  it('tells the template what the process knows', async () => {
    const { task: mail, mails } = await start();
    const facts = { carrier: 'UPS', trackingNumber: '1Z9', amount: 450, cause: 'out-of-stock' };
    await mail.execute({ ...task, template: 'order-shipped', facts }, cause);
    await mail.execute({ ...task, notificationId: newId(), template: 'payment-refunded', facts }, cause);
    expect(mails[0]?.text).toContain('left with UPS');
    expect(mails[0]?.text).toContain('1Z9');
  });
});
