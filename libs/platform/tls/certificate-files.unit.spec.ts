import { X509Certificate } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Logger } from '@nestjs/common';
import { Authority } from '../../../tools/launcher/secure/certificates.mjs';
import { certificateExpiry } from './certificate-expiry.js';
import { CertificateFiles } from './certificate-files.js';

describe('certificate files', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'orderstream-certificates-'));
  });
  afterEach(() => rm(directory, { recursive: true }));

  const paths = () => ({ certFile: join(directory, 'cert.pem'), keyFile: join(directory, 'key.pem') });
  const issue = async () =>
    (await Authority.make({ name: 'ours', days: 1 })).certify({ name: 'us', days: 1 });

  it('are read again when they have changed, and not made anew otherwise', async () => {
    const { certFile, keyFile } = paths();
    const put = ({ cert, key }: { cert: string; key: string }) => {
      writeFileSync(certFile, cert);
      writeFileSync(keyFile, key);
    };
    put(await issue());
    const certificates = new CertificateFiles(paths());
    const first = certificates.context();
    expect(certificates.context()).toBe(first);
    put(await issue());
    expect(certificates.context()).not.toBe(first);
  });

  it('stay as they were while a certificate has come without its key, which is said once', async () => {
    const warn = import.meta.jest.spyOn(Logger.prototype, 'warn').mockReturnValue();
    const { certFile, keyFile } = paths();
    const [former, next] = await Promise.all([issue(), issue()]);
    writeFileSync(certFile, former.cert);
    writeFileSync(keyFile, former.key);
    const certificates = new CertificateFiles(paths());
    const first = certificates.context();
    writeFileSync(certFile, next.cert);
    expect([certificates.context(), certificates.context()]).toEqual([first, first]);
    expect(warn).toHaveBeenCalledTimes(1);
    writeFileSync(keyFile, next.key);
    expect(certificates.context()).not.toBe(first);
  });

  it.each([
    ['an empty file', () => ''],
    ['half a certificate', (pem: string) => pem.slice(0, pem.length / 2)],
    ['one that is cut off after a whole one', (pem: string) => `${pem}\n${pem.slice(0, 200)}`],
    ['something else', () => 'nothing to read here'],
    [
      'a certificate with bytes of another one',
      (pem: string) => pem.replace(/\n.{40}/, `\n${'A'.repeat(40)}`),
    ],
  ])(
    'take no authority and no certificate from %s: refused at first, and the former stays later',
    async (_, broken) => {
      import.meta.jest.spyOn(Logger.prototype, 'warn').mockReturnValue();
      const { certFile, keyFile } = paths();
      const { cert, key } = await issue();
      for (const [files, message] of [
        [{ caFile: certFile }, /cert\.pem: .*certificate/],
        [paths(), /cert\.pem: .*certificate/],
      ] as const) {
        writeFileSync(keyFile, key);
        writeFileSync(certFile, broken(cert));
        expect(() => new CertificateFiles(files).context()).toThrow(message);
        writeFileSync(certFile, cert);
        const certificates = new CertificateFiles(files);
        const former = certificates.context();
        writeFileSync(certFile, broken(cert));
        expect(certificates.context()).toBe(former);
      }
    },
  );

  it.each([
    ['an empty file', () => ''],
    ['half a key', (pem: string) => pem.slice(0, pem.length / 2)],
  ])('take no key from %s', async (_, broken) => {
    const { certFile, keyFile } = paths();
    const { cert, key } = await issue();
    writeFileSync(certFile, cert);
    writeFileSync(keyFile, broken(key));
    expect(() => new CertificateFiles(paths()).context()).toThrow(/key\.pem: .*private key/);
  });

  it('show when the ones in use end, and nothing before they could be used', async () => {
    import.meta.jest.spyOn(Logger.prototype, 'warn').mockReturnValue();
    const { certFile, keyFile } = paths();
    const { cert, key } = await issue();
    writeFileSync(certFile, '');
    writeFileSync(keyFile, key);
    expect(new CertificateFiles(paths())).toBeDefined();
    const ends = async () =>
      (await certificateExpiry.get()).values
        .filter(({ labels }) => labels.file === certFile)
        .map(({ value }) => value);
    expect(await ends()).toEqual([]);
    const end = Date.parse(new X509Certificate(cert).validTo) / 1_000;
    for (const text of [cert, 'half of a certif']) {
      writeFileSync(certFile, text);
      expect(await ends()).toEqual([end]);
    }
  });

  it('must be usable at first', () => {
    const { certFile } = paths();
    expect(() => new CertificateFiles(paths()).context()).toThrow(certFile);
  });
});
