import { launchKafka } from '../servers/kafka.mjs';
import { provideAccess, reloadCertificate } from './kafka-access.mjs';

/** Clients log in anew that often: whoever lost its right to be there is out by then. */
const SESSION_MS = 30_000;
const NODE_ID = 1;

/**
 * A broker that clients reach by TLS alone, each with the password and the rights of its own principal.
 * @param {Omit<import('../servers/kafka.mjs').KafkaOptions, 'security'> & { clients: number, controller: number,
 *   brokers: number }} options
 * @param {import('./security.mjs').Security} security
 */
export async function launchSecureKafka(options, { certificates, passwords, prefix }) {
  const certificate = await certificates.of('kafka');
  const running = await launchKafka({
    ...options,
    security: { authority: certificates.authority, certificateFile: certificate.file },
    settings: { 'connections.max.reauth.ms': SESSION_MS },
  });
  const { directory, brokers } = options;
  try {
    await provideAccess({ directory, brokers, passwords, prefix });
  } catch (error) {
    await running.stop();
    throw error;
  }
  certificate.whenRenewed(() => reloadCertificate({ directory, brokers, id: NODE_ID }, certificate.file));
  return running;
}
