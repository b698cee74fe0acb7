import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import tls from 'node:tls';
import { privateFolder } from '../private-folder.mjs';
import { writeSecret } from '../running-file.mjs';
import { Authority } from './certificates.mjs';

const AUTHORITY_DAYS = 3650;
const ADDRESSES = ['127.0.0.1', 'localhost'];
const DAY_MS = 86_400_000;
/** Of a certificate's life, after which it is replaced. */
const USED = 2 / 3;
/** Looked at often, because a machine that sleeps stops timers. */
const LONGEST_PAUSE_MS = 60_000;

/**
 * What a server shows to its clients.
 * @typedef {object} ServerCertificate
 * @property {string} file PEM with the private key and the certificate, replaced in one step
 * @property {string} caFile PEM of the authority
 * @property {(reload: () => unknown) => void} whenRenewed how the server that runs now is told to read the file again, in
 * place of the one before it
 */

/**
 * Certificates of the servers on this machine, by an authority that outlives a start. They are made anew at each start, and
 * renewed in time while the servers run.
 */
export class ServerCertificates {
  #folder;
  #authority;
  #days;
  #say;
  /** @type {Map<string, { madeAt: number, reload: () => unknown }>} */
  #made = new Map();

  /**
   * @param {string} folder
   * @param {Authority} authority
   * @param {{ days: number, say: (line: string) => void }} options
   */
  constructor(folder, authority, { days, say }) {
    this.#folder = folder;
    this.#authority = authority;
    this.#days = days;
    this.#say = say;
  }

  /**
   * @param {string} folder which keeps the authority
   * @param {{ days: number, say: (line: string) => void }} options the life of a certificate; told of renewals
   */
  static async open(folder, options) {
    privateFolder(folder);
    const [keyFile, caFile] = [join(folder, 'ca-key.pem'), join(folder, 'ca.pem')];
    const kept =
      existsSync(keyFile) && existsSync(caFile)
        ? await Authority.load({ cert: readFileSync(caFile, 'utf8'), key: readFileSync(keyFile, 'utf8') })
        : undefined;
    const authority =
      kept && kept.daysLeft > AUTHORITY_DAYS * (1 - USED)
        ? kept
        : await Authority.make({ name: 'Orderstream on this machine', days: AUTHORITY_DAYS });
    if (authority !== kept) {
      writeSecret(keyFile, await authority.key());
      writeSecret(caFile, `${authority.pem}\n`);
    }
    // For programs that take one file in place of those that they trust anyway.
    writeSecret(join(folder, 'ca-bundle.pem'), [...tls.rootCertificates, authority.pem, ''].join('\n'));
    const certificates = new ServerCertificates(folder, authority, options);
    certificates.#keepFresh();
    return certificates;
  }

  get authority() {
    return this.#authority;
  }

  get caFile() {
    return join(this.#folder, 'ca.pem');
  }

  /** With the authorities that everybody trusts. */
  get bundleFile() {
    return join(this.#folder, 'ca-bundle.pem');
  }

  /**
   * @param {string} name of the server
   * @returns {Promise<ServerCertificate>}
   */
  async of(name) {
    const file = join(this.#folder, `${name}.pem`);
    const known = this.#made.get(name);
    if (!known) await this.#make(name, () => undefined);
    return {
      file,
      caFile: this.caFile,
      whenRenewed: (reload) => {
        const made = this.#made.get(name);
        if (made) made.reload = reload;
      },
    };
  }

  /**
   * @param {string} name
   * @param {() => unknown} reload
   */
  async #make(name, reload) {
    const { cert, key } = await this.#authority.certify({ name, hosts: ADDRESSES, days: this.#days });
    writeSecret(join(this.#folder, `${name}.pem`), `${key}\n${cert}\n`);
    this.#made.set(name, { madeAt: Date.now(), reload });
  }

  #keepFresh() {
    const lifeMs = this.#days * DAY_MS;
    const look = async () => {
      for (const [name, { madeAt, reload }] of this.#made) {
        if (Date.now() - madeAt < lifeMs * USED) continue;
        try {
          await this.#make(name, reload);
          await reload();
          this.#say(`The certificate of ${name} was renewed.`);
        } catch (error) {
          this.#made.set(name, { madeAt, reload });
          this.#say(`The certificate of ${name} could not be renewed, and it is tried again: ${error}`);
        }
      }
      setTimeout(() => void look(), Math.min(LONGEST_PAUSE_MS, lifeMs / 20)).unref();
    };
    void look();
  }
}
