import { readFileSync } from 'node:fs';
import { createSecureContext, type SecureContext } from 'node:tls';
import { Logger } from '@nestjs/common';
import { messageOf } from '#libs/kernel';
import { watchCertificate } from './certificate-expiry.js';
import { checkCertificates, checkPrivateKey } from './pem.js';

/** PEM files of one end of TLS connections. */
export interface CertificatePaths {
  /** Authorities that the other end's certificate may have. Default: those that Node trusts. */
  readonly caFile?: string | undefined;
  /** The certificate of this end, with its chain; with `keyFile`. */
  readonly certFile?: string | undefined;
  readonly keyFile?: string | undefined;
}

/** Of those files that have a path. */
export type Certificates = Readonly<Partial<Record<'ca' | 'cert' | 'key', string>>>;

/**
 * Certificates that are read again for each new connection, so that renewing them needs no restart. While the files cannot be
 * used, as between the writes of a certificate and of its key, the last ones that could be go on: an empty or half written
 * file is none that can.
 */
export class CertificateFiles {
  readonly #logger = new Logger(CertificateFiles.name);
  #last: { readonly contents: Certificates; readonly context: SecureContext } | undefined;
  #warned: string | undefined;

  constructor(private readonly paths: CertificatePaths) {
    if (paths.certFile !== undefined) watchCertificate(paths.certFile, () => this.contents().cert);
  }

  /** @throws if the files could never be used so far */
  context(): SecureContext {
    return this.#current().context;
  }

  /**
   * The same object until the files have changed.
   * @throws if the files could never be used so far
   */
  contents(): Certificates {
    return this.#current().contents;
  }

  #current(): { readonly contents: Certificates; readonly context: SecureContext } {
    try {
      const contents = this.#read();
      if (!this.#last || !isSame(contents, this.#last.contents))
        this.#last = { contents, context: this.#checked(contents) };
      this.#warned = undefined;
    } catch (error) {
      const message = messageOf(error);
      if (!this.#last) throw new Error(message, { cause: error });
      if (this.#warned !== message) this.#logger.warn(`the former certificates stay in use: ${message}`);
      this.#warned = message;
    }
    return this.#last;
  }

  #read(): Certificates {
    const { caFile, certFile, keyFile } = this.paths;
    return {
      ...(caFile !== undefined && { ca: readFileSync(caFile, 'utf8') }),
      ...(certFile !== undefined && { cert: readFileSync(certFile, 'utf8') }),
      ...(keyFile !== undefined && { key: readFileSync(keyFile, 'utf8') }),
    };
  }

  /** @throws also if the certificate and the key do not belong together */
  #checked(contents: Certificates): SecureContext {
    const { caFile, certFile, keyFile } = this.paths;
    about(caFile, () => checkCertificates(contents.ca ?? ''));
    about(certFile, () => checkCertificates(contents.cert ?? ''));
    about(keyFile, () => checkPrivateKey(contents.key ?? ''));
    return about(certFile ?? caFile, () => createSecureContext(contents)) ?? createSecureContext();
  }
}

/** Does nothing without a file. @throws what the work throws, with the name of the file */
function about<Result>(file: string | undefined, work: () => Result): Result | undefined {
  if (file === undefined) return undefined;
  try {
    return work();
  } catch (error) {
    throw new Error(`${file}: ${messageOf(error)}`, { cause: error });
  }
}

const isSame = (one: Certificates, other: Certificates): boolean =>
  one.ca === other.ca && one.cert === other.cert && one.key === other.key;
