import { join } from 'node:path';
import { SmtpMailer } from '#libs/mail';
import { makeTestDirectory } from '#libs/testing';
import { Mailbox } from './mailbox.js';

describe('the mailbox of a system under test', () => {
  it('counts mails by Message-ID over crashes and faults, and shows the newest', async () => {
    const mailbox = await Mailbox.open(join(await makeTestDirectory('mailbox'), 'mail'));
    const from = { name: 'Shop', address: 'orders@shop.example' };
    const mailer = new SmtpMailer({ smtpUrl: mailbox.server.url, from });
    const send = (name: string) =>
      mailer.send({
        messageId: `${name}@shop.example`,
        to: 'ada@example.com',
        toName: null,
        subject: name,
        text: 'x',
        html: 'x',
      });
    await send('first');
    await mailbox.misbehave({ drop: true });
    await expect(send('second')).rejects.toThrow();
    await mailbox.misbehave({ data: 451 });
    await expect(send('third')).rejects.toThrow();
    await mailbox.misbehave();
    await mailbox.server.kill9();
    await expect(send('second')).rejects.toThrow();
    await mailbox.server.restart();
    await send('second');
    expect(Object.fromEntries(await mailbox.counts())).toEqual({
      'first@shop.example': 1,
      'second@shop.example': 2,
    });
    const subjects = (await mailbox.texts()).map((text) => /^Subject: (.*)\r$/m.exec(text)?.[1]);
    expect(subjects).toEqual(['first', 'second', 'second']);
    mailer.onApplicationShutdown();
    await mailbox.server.stop();
  });
});
