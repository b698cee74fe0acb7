import { Agent as HttpsAgent, type AgentOptions } from 'node:https';
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls';
import { buildConnector } from 'undici';
import { CertificateFiles } from './certificate-files.js';

/**
 * Opens the connections of undici's clients.
 * @param caFile authorities that the other end's certificate may have, as PEM, read again for each connection. Default: those
 * that Node trusts
 * @param options as of undici's connector
 * @throws if the file cannot be used
 */
export function trustingConnector(
  caFile: string | undefined,
  options: buildConnector.BuildOptions = {},
): buildConnector.connector {
  if (caFile === undefined) return buildConnector(options);
  const certificates = usable(caFile);
  return (target, callback) => {
    try {
      // With a context of its own, a connector resumes no session of another one.
      buildConnector({ ...options, secureContext: certificates.context() })(target, callback);
    } catch (error) {
      callback(error as Error, null);
    }
  };
}

/** The same for Node's own client. */
export class TrustingAgent extends HttpsAgent {
  readonly #certificates: CertificateFiles;

  /** @throws if the file cannot be used */
  constructor(caFile: string, options: AgentOptions = {}) {
    super(options);
    this.#certificates = usable(caFile);
  }

  createConnection(options: ConnectionOptions): TLSSocket {
    return connect({ ...options, secureContext: this.#certificates.context() });
  }
}

function usable(caFile: string): CertificateFiles {
  const certificates = new CertificateFiles({ caFile });
  certificates.context();
  return certificates;
}
