import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Authority } from '../../../tools/launcher/secure/certificates.mjs';

/** The certificate of a server on this machine, in files that can be renewed. */
export class CertificateFolder {
  readonly #folder = mkdtempSync(join(tmpdir(), 'orderstream-certificate-'));

  private constructor(private readonly authority: Authority) {}

  /** Kept until the last case of the spec that calls it is over. */
  static async use(): Promise<CertificateFolder> {
    const folder = new CertificateFolder(await Authority.make({ name: 'ours', days: 1 }));
    writeFileSync(folder.caFile, folder.ca);
    await folder.renew();
    afterAll(() => rmSync(folder.#folder, { recursive: true }));
    return folder;
  }

  get ca(): string {
    return this.authority.pem;
  }

  get caFile(): string {
    return join(this.#folder, 'ca.pem');
  }

  /** Values of `HTTP_TLS_…`. */
  get settings(): Record<'HTTP_TLS_CERT_FILE' | 'HTTP_TLS_KEY_FILE', string> {
    return { HTTP_TLS_CERT_FILE: this.#file('cert'), HTTP_TLS_KEY_FILE: this.#file('key') };
  }

  async renew(): Promise<void> {
    const made = await this.authority.certify({ name: 'us', hosts: ['127.0.0.1', 'localhost'], days: 1 });
    for (const name of ['cert', 'key'] as const) {
      writeFileSync(`${this.#file(name)}.new`, made[name]);
      renameSync(`${this.#file(name)}.new`, this.#file(name));
    }
  }

  #file(name: 'cert' | 'key'): string {
    return join(this.#folder, `${name}.pem`);
  }
}
