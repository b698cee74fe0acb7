import { createPrivateKey, X509Certificate } from 'node:crypto';

const BEGIN = /-----BEGIN CERTIFICATE-----/g;
const WHOLE = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;

/**
 * OpenSSL takes what it can read of a text and leaves the rest, and Node takes an empty text as none: for authorities that
 * means those that everybody trusts.
 * @throws if there is no certificate, or one that cannot be read
 */
export function checkCertificates(pem: string): void {
  const whole = pem.match(WHOLE) ?? [];
  if (whole.length === 0) throw new Error('there is no certificate in it');
  if (whole.length < (pem.match(BEGIN) ?? []).length) throw new Error('a certificate in it is cut off');
  for (const each of whole) readCertificate(each);
}

/** @throws if there is no private key that can be read */
export function checkPrivateKey(pem: string): void {
  try {
    createPrivateKey(pem);
  } catch (cause) {
    throw new Error('there is no private key in it that can be read', { cause });
  }
}

function readCertificate(pem: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch (cause) {
    throw new Error('a certificate in it cannot be read', { cause });
  }
}
