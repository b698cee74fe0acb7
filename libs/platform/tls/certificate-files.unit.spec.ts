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

  it('show when they end, and nothing while they cannot be read', async () => {
    const { certFile, keyFile } = paths();
    const { cert, key } = await issue();
    writeFileSync(certFile, cert);
    writeFileSync(keyFile, key);
    expect(new CertificateFiles(paths())).toBeDefined();
    const ends = async () =>
      (await certificateExpiry.get()).values.filter(({ labels }) => labels.file === certFile);
    const [shown] = await ends();
    expect(shown?.value).toBe(Date.parse(new X509Certificate(cert).validTo) / 1_000);
    writeFileSync(certFile, 'half of a certif');
    expect(await ends()).toEqual([]);
  });

  it('must be usable at first', () => {
    const { certFile } = paths();
    expect(() => new CertificateFiles(paths()).context()).toThrow(certFile);
  });
});
