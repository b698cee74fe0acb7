// The library asks for this at its import.
import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import { isIP } from 'node:net';
import * as x509 from '@peculiar/x509';

x509.cryptoProvider.set(/** @type {any} */ (webcrypto));

const KEYS = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const DAY_MS = 86_400_000;
/** Clocks of two machines differ. */
const BACKDATED_MS = 3_600_000;

/**
 * A certificate and its private key (PKCS #8), as PEM.
 * @typedef {{ cert: string, key: string }} Certificate
 */

/** An authority of our own, which certifies the servers and clients on this machine. */
export class Authority {
  #keys;
  #certificate;

  /**
   * @param {CryptoKeyPair} keys
   * @param {x509.X509Certificate} certificate
   */
  constructor(keys, certificate) {
    this.#keys = keys;
    this.#certificate = certificate;
  }

  /** @param {{ name: string, days: number }} options */
  static async make({ name, days }) {
    const keys = await makeKeys();
    const certificate = await x509.X509CertificateGenerator.createSelfSigned({
      name: `CN=${name}`,
      ...validFor(days),
      keys,
      signingAlgorithm: KEYS,
      extensions: [
        new x509.BasicConstraintsExtension(true, 0, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
        await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      ],
    });
    return new Authority(keys, certificate);
  }

  /**
   * @param {Certificate} saved by `pem` and `key`
   */
  static async load({ cert, key }) {
    const raw = x509.PemConverter.decodeFirst(key);
    const privateKey = await webcrypto.subtle.importKey('pkcs8', raw, KEYS, true, ['sign']);
    const certificate = new x509.X509Certificate(cert);
    const publicKey = /** @type {CryptoKey} */ (await certificate.publicKey.export());
    return new Authority({ privateKey: /** @type {CryptoKey} */ (privateKey), publicKey }, certificate);
  }

  get daysLeft() {
    return (this.#certificate.notAfter.getTime() - Date.now()) / DAY_MS;
  }

  /** The private key (PKCS #8), as PEM: whoever has it can be anybody. */
  async key() {
    return pemOf(this.#keys.privateKey);
  }

  /** The certificate that others have to trust, as PEM. */
  get pem() {
    return this.#certificate.toString('pem');
  }

  /**
   * @param {{ name: string, hosts?: readonly string[], days: number }} options names and addresses of a server
   * @returns {Promise<Certificate>}
   */
  async certify({ name, hosts = [], days }) {
    const keys = await makeKeys();
    const certificate = await x509.X509CertificateGenerator.create({
      subject: `CN=${name}`,
      issuer: this.#certificate.subject,
      ...validFor(days),
      publicKey: keys.publicKey,
      signingKey: this.#keys.privateKey,
      signingAlgorithm: KEYS,
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
        new x509.ExtendedKeyUsageExtension([
          x509.ExtendedKeyUsage.serverAuth,
          x509.ExtendedKeyUsage.clientAuth,
        ]),
        await x509.AuthorityKeyIdentifierExtension.create(this.#keys.publicKey),
        ...(hosts.length > 0
          ? [
              new x509.SubjectAlternativeNameExtension(
                hosts.map((value) => ({ type: isIP(value) === 0 ? 'dns' : 'ip', value })),
              ),
            ]
          : []),
      ],
    });
    return { cert: certificate.toString('pem'), key: await pemOf(keys.privateKey) };
  }
}

const makeKeys = () =>
  /** @type {Promise<CryptoKeyPair>} */ (webcrypto.subtle.generateKey(KEYS, true, ['sign', 'verify']));

/** @param {CryptoKey} key */
const pemOf = async (key) =>
  x509.PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY');

/** @param {number} days */
const validFor = (days) => ({
  notBefore: new Date(Date.now() - BACKDATED_MS),
  notAfter: new Date(Date.now() + days * DAY_MS),
});
