import { callbackify } from 'node:util';
import { SMTPServer } from 'smtp-server';
import { MailFolder } from './mail-folder.mjs';

const MAX_MAIL_BYTES = 1_048_576;
/** The reply of RFC 5321 to a mail of more bytes. */
const TOO_LARGE = 552;
const MAX_CLIENTS = 100;
const IDLE_MS = 60_000;
/** Message-ID of a mail; a long header continues on the next line. */
const MESSAGE_ID = /^Message-ID:\s*<([^>\r\n]*)>/im;

/**
 * @typedef {import('smtp-server').SMTPServerDataStream} SMTPServerDataStream
 * @typedef {import('smtp-server').SMTPServerSession} SMTPServerSession
 *
 * How the catcher misbehaves, for tests. Each applies to the share of mails, 1 by default.
 * @typedef {object} MailFaults
 * @property {number} [rcpt] the reply to a recipient, such as 450 or 550
 * @property {number} [data] the reply to a whole mail, which is not kept
 * @property {boolean} [drop] keeps the mail, and closes the connection without a reply
 * @property {number} [share] of mails, from 0 to 1
 *
 * @typedef {object} CaughtMail
 * @property {string} messageId
 * @property {string[]} to
 * @property {string} file
 * @property {boolean} answered false if the sender was not told that it was accepted
 */

/**
 * An SMTP server on loopback that keeps mails as files and sends none on.
 * @param {object} options
 * @param {string} options.directory
 * @param {number} [options.port] default: any
 * @param {() => MailFaults} [options.faults] asked for each mail
 * @param {(mail: CaughtMail) => void} [options.caught]
 */
export async function openMailCatcher({ directory, port = 0, faults = () => ({}), caught = () => {} }) {
  const folder = new MailFolder(directory);
  const due = () => {
    const { share = 1, ...fault } = faults();
    return Math.random() < share ? fault : {};
  };
  /**
   * @param {SMTPServerDataStream} stream
   * @param {SMTPServerSession} session
   */
  async function take(stream, { id, envelope }) {
    const mail = await boundedBytes(stream);
    const { data, drop } = due();
    if (!mail) throw refusal(TOO_LARGE);
    if (data) throw refusal(data);
    const file = folder.add(mail);
    const to = envelope.rcptTo.map(({ address }) => address);
    const [, messageId = ''] = MESSAGE_ID.exec(mail.toString('latin1')) ?? [];
    caught({ messageId, to, file, answered: !drop });
    if (drop) for (const connection of server.connections) if (connection.id === id) connection.close();
    return `Kept as ${file}`;
  }
  const server = new SMTPServer({
    authOptional: true,
    // Its certificate would be unknown to any client.
    disabledCommands: ['STARTTLS', 'AUTH'],
    disableReverseLookup: true,
    size: MAX_MAIL_BYTES,
    maxClients: MAX_CLIENTS,
    socketTimeout: IDLE_MS,
    closeTimeout: 1_000,
    onRcptTo: (_address, _session, callback) => {
      const { rcpt } = due();
      callback(rcpt ? refusal(rcpt) : null);
    },
    onData: callbackify(take),
  });
  // A client that breaks off is no failure of the server.
  server.on('error', () => {});
  await new Promise((resolve, reject) => {
    server.server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve(undefined));
  });
  const address = /** @type {import('node:net').AddressInfo} */ (server.server.address());
  return {
    url: `smtp://127.0.0.1:${address.port}`,
    close: () => new Promise((resolve) => server.close(() => resolve(undefined))),
  };
}

/** @param {number} responseCode */
const refusal = (responseCode) => Object.assign(new Error('Refused on purpose'), { responseCode });

/**
 * @param {SMTPServerDataStream} stream read to its end in any case
 * @returns {Promise<Buffer | undefined>} undefined for a mail that is too large
 */
async function boundedBytes(stream) {
  const chunks = [];
  let bytes = 0;
  for await (const chunk of stream) {
    bytes += chunk.length;
    if (bytes <= MAX_MAIL_BYTES) chunks.push(chunk);
  }
  return bytes <= MAX_MAIL_BYTES ? Buffer.concat(chunks) : undefined;
}
