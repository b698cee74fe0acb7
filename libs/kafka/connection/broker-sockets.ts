import net from 'node:net';
import tls from 'node:tls';
import type { ISocketFactory } from 'kafkajs';
import { CertificateFiles, type CertificatePaths } from '#libs/platform';

const KEEP_ALIVE_MS = 60_000;

/** Opens connections to brokers: encrypted, with the broker's certificate and host name verified, if there are `tls` settings. */
export function brokerSockets(paths: CertificatePaths | undefined): ISocketFactory {
  const certificates = paths && new CertificateFiles(paths);
  // Files that cannot be used are said at the start, and not as brokers that do not answer.
  certificates?.context();
  return ({ host, port, onConnect }) => {
    const socket = certificates
      ? tls.connect(
          {
            host,
            port,
            secureContext: certificates.context(),
            // Addresses are verified, too, but never sent.
            ...(net.isIP(host) === 0 && { servername: host }),
          },
          onConnect,
        )
      : net.connect({ host, port }, onConnect);
    socket.setKeepAlive(true, KEEP_ALIVE_MS);
    return socket;
  };
}
