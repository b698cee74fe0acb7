import { readFileSync } from 'node:fs';
import { createSecureContext, type SecureContext } from 'node:tls';
import { Logger } from '@nestjs/common';
import { messageOf } from '#libs/kernel';
import { watchCertificate } from './certificate-expiry.js';

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
 * used, as between the writes of a certificate and of its key, the last ones that could be go on.
 */
export class CertificateFiles {
  readonly #logger = new Logger(CertificateFiles.name);
  #last: { readonly contents: Certificates; readonly context: SecureContext } | undefined;
  #warned: string | undefined;

  constructor(private readonly paths: CertificatePaths) {
    if (paths.certFile !== undefined) watchCertificate(paths.certFile);
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
        this.#last = { contents, context: createSecureContext(contents) };
      this.#warned = undefined;
    } catch (error) {
      const message = `${Object.values(this.paths).filter(Boolean).join(', ')}: ${messageOf(error)}`;
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
}

const isSame = (one: Certificates, other: Certificates): boolean =>
  one.ca === other.ca && one.cert === other.cert && one.key === other.key;
