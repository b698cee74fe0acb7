import { buildConnector } from 'undici';
import { CertificateFiles } from './certificate-files.js';

/**
 * Opens the connections of undici's clients.
 * @param caFile authorities that the other end's certificate may have, as PEM, read again for each connection. Default: those
 * that Node trusts
 * @param options as of undici's connector
 */
export function trustingConnector(
  caFile: string | undefined,
  options: buildConnector.BuildOptions = {},
): buildConnector.connector {
  if (caFile === undefined) return buildConnector(options);
  const certificates = new CertificateFiles({ caFile });
  return (target, callback) => {
    try {
      // With a context of its own, a connector resumes no session of another one.
      buildConnector({ ...options, secureContext: certificates.context() })(target, callback);
    } catch (error) {
      callback(error as Error, null);
    }
  };
}
