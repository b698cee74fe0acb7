import { readFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { SMTPServer } from 'smtp-server';
import { makeTestDirectory } from '#libs/testing';
import {
  type CaughtMail,
  type MailFaults,
  openMailCatcher,
} from '../../tools/launcher/servers/mail/mail-catcher.mjs';
import { type OutgoingMail, SmtpMailer } from './smtp-mailer.js';

const from = { name: 'Shop', address: 'orders@shop.example' };
const mail: OutgoingMail = {
  messageId: 'n-1@shop.example',
  to: 'ada@example.com',
  toName: 'Ada',
  subject: 'Your order is confirmed',
  text: 'Hello Ada,\n.\nthank you\n',
  html: '<p>Hello Ada</p>',
};

describe('the mailer', () => {
  let directory = '';
  let faults: MailFaults = {};
  let caught: CaughtMail[] = [];
  let catcher: Awaited<ReturnType<typeof openMailCatcher>>;
  let mailer: SmtpMailer;

  beforeAll(async () => {
    directory = await makeTestDirectory('mails');
    catcher = await openMailCatcher({
      directory,
      faults: () => faults,
      caught: (each) => caught.push(each),
    });
    mailer = new SmtpMailer({ smtpUrl: catcher.url, from });
  });
  beforeEach(() => {
    [faults, caught] = [{}, []];
  });
  afterAll(async () => {
    mailer.onApplicationShutdown();
    await catcher.close();
  });

  const headersOf = async ({ file }: Pick<CaughtMail, 'file'>) => {
    const text = await readFile(join(directory, file), 'utf8');
    const [head = ''] = text.split('\r\n\r\n');
    return head.replaceAll(/\r\n[ \t]+/g, ' ').split('\r\n');
  };
  const only = (): CaughtMail => {
    expect(caught).toHaveLength(1);
    return caught[0]!;
  };

  it('sends text and HTML, from and to whom it should, under the id given', async () => {
    expect(await mailer.send(mail)).toEqual({ result: 'accepted' });
    const { messageId, to, file } = only();
    expect([messageId, to]).toEqual(['n-1@shop.example', ['ada@example.com']]);
    expect(await headersOf({ file })).toEqual(
      expect.arrayContaining([
        'From: Shop <orders@shop.example>',
        'To: Ada <ada@example.com>',
        'Subject: Your order is confirmed',
        'Message-ID: <n-1@shop.example>',
        'Auto-Submitted: auto-generated',
      ]),
    );
    const text = await readFile(join(directory, file), 'utf8');
    expect(text).toMatch(/Content-Type: text\/plain[^]*Hello Ada,\r\n\.\r\nthank you/);
    expect(text).toMatch(/Content-Type: text\/html[^]*<p>Hello Ada<\/p>/);
  });

  it('makes message ids of the domain that it sends from', () => {
    expect(mailer.messageIdOf('n-2')).toBe('n-2@shop.example');
  });

  it.each([
    ['Ada\r\nBcc: eve@example.com', 'Hi\r\nBcc: eve@example.com\r\n\r\n<b>'],
    ['Ada" <eve@example.com>, "', 'Hi\u2028Bcc: eve@example.com'],
    ['Ada\u0000\u0085Bcc: eve@example.com', '=?utf-8?q?=0d=0aBcc:_eve@example.com?='],
    ['\ud800', '\r\n.\r\nQUIT'],
    ['x'.repeat(500), 'y'.repeat(5_000)],
  ])('sends one recipient and no header of the name %j and the subject %j', async (toName, subject) => {
    expect(await mailer.send({ ...mail, toName, subject })).toEqual({ result: 'accepted' });
    const { to, file } = only();
    expect(to).toEqual(['ada@example.com']);
    const names = (await headersOf({ file })).map((line) => line.split(':')[0]?.toLowerCase());
    expect(names.toSorted()).toEqual([
      'auto-submitted',
      'content-type',
      'date',
      'from',
      'message-id',
      'mime-version',
      'subject',
      'to',
    ]);
  });

  it.each(['"a,b"@example.com', 'jörg@müller.example'])('writes to %s, and to nobody else', async (to) => {
    expect(await mailer.send({ ...mail, to })).toEqual({ result: 'accepted' });
    const [address = ''] = only().to;
    const at = address.lastIndexOf('@');
    expect(address.slice(0, at)).toBe(to.slice(0, to.lastIndexOf('@')));
    expect(new URL(`http://${address.slice(at + 1)}`).host).toBe(
      new URL(`http://${to.slice(to.lastIndexOf('@') + 1)}`).host,
    );
  });

  it.each(['', 'ada', 'a@b.example\r\nBcc: eve@example.com', 'a@b.example>', 'a@b.example, c@d.example'])(
    'refuses the malformed address %j for good',
    async (to) => {
      expect(await mailer.send({ ...mail, to })).toMatchObject({ result: 'refused' });
      expect(caught).toEqual([]);
    },
  );

  it.each<MailFaults>([{ rcpt: 550 }, { rcpt: 553 }, { data: 554 }])(
    'reports what the server refuses for good, in its words: %j',
    async (given) => {
      faults = given;
      expect(await mailer.send(mail)).toEqual({
        result: 'refused',
        error: `${given.rcpt ?? given.data} Refused on purpose`,
      });
      expect(caught).toEqual([]);
    },
  );

  it.each<MailFaults>([{ rcpt: 450 }, { rcpt: 421 }, { rcpt: 530 }, { data: 451 }, { data: 452 }])(
    'leaves to a later try what may pass: %j',
    async (given) => {
      faults = given;
      await expect(mailer.send(mail)).rejects.toThrow();
      expect(caught).toEqual([]);
      faults = {};
      expect(await mailer.send(mail)).toEqual({ result: 'accepted' });
    },
  );

  it('does not send again by itself what the server may have accepted', async () => {
    faults = { drop: true };
    await expect(mailer.send(mail)).rejects.toThrow();
    expect(only()).toMatchObject({ messageId: 'n-1@shop.example', answered: false });
  });

  it('keeps few connections, however many mails there are', async () => {
    const ids = Array.from({ length: 40 }, (_, index) => `many-${index}@shop.example`);
    await Promise.all(ids.map((messageId) => mailer.send({ ...mail, messageId })));
    expect(caught.map(({ messageId }) => messageId).toSorted()).toEqual(ids.toSorted());
  });

  it.each(['"a b"@example.com', '"eve@evil.example"@example.com', '"eve@evil.example x"@example.com'])(
    'does not write elsewhere where the server cannot read an address, such as %s',
    async (to) => {
      expect(await mailer.send({ ...mail, to })).toMatchObject({ result: 'refused' });
      expect(caught).toEqual([]);
    },
  );

  it('throws where nobody listens, and where sign-in fails', async () => {
    const strict = new SMTPServer({
      allowInsecureAuth: true,
      hideSTARTTLS: true,
      onAuth: (_auth, _session, callback) => callback(new Error('wrong password')),
    });
    await new Promise<void>((resolve) => strict.listen(0, '127.0.0.1', () => resolve()));
    const { port } = strict.server.address() as AddressInfo;
    for (const [smtpUrl, message] of [
      ['smtp://127.0.0.1:1', 'ECONNREFUSED'],
      [`smtp://user:hunter2@127.0.0.1:${port}`, '535'],
    ] as const) {
      const other = new SmtpMailer({ smtpUrl, from });
      await expect(other.send(mail)).rejects.toThrow(message);
      other.onApplicationShutdown();
    }
    await new Promise<void>((resolve) => strict.close(() => resolve()));
  });

  it('gives up on a server that never says a word', async () => {
    const silent = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => silent.once('listening', resolve));
    const { port } = silent.address() as AddressInfo;
    const other = new SmtpMailer({ smtpUrl: `smtp://127.0.0.1:${port}`, from }, 200);
    await expect(other.send(mail)).rejects.toThrow();
    other.onApplicationShutdown();
    silent.close();
  });

  it('counts the time of a mail from when it is sent, however many wait before it', async () => {
    const slow = new SMTPServer({
      authOptional: true,
      hideSTARTTLS: true,
      onData: (stream, _session, callback) => {
        stream.on('end', () => setTimeout(callback, 100)).resume();
      },
    });
    await new Promise<void>((resolve) => slow.listen(0, '127.0.0.1', () => resolve()));
    const { port } = slow.server.address() as AddressInfo;
    const other = new SmtpMailer({ smtpUrl: `smtp://127.0.0.1:${port}`, from }, 1_000);
    const sent = Array.from({ length: 160 }, (_, index) =>
      other.send({ ...mail, messageId: `${index}@shop.example` }),
    );
    expect(new Set((await Promise.all(sent)).map(({ result }) => result))).toEqual(new Set(['accepted']));
    other.onApplicationShutdown();
    await new Promise<void>((resolve) => slow.close(() => resolve()));
  });

  it('is off without a server', async () => {
    const off = new SmtpMailer({ smtpUrl: undefined, from });
    expect([mailer.isOn, off.isOn]).toEqual([true, false]);
    await expect(off.send(mail)).rejects.toThrow('SMTP_URL');
  });
});
