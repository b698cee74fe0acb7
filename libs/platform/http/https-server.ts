import type { Server } from 'node:http';
import { Server as HttpsServer } from 'node:https';
import type { Socket } from 'node:net';
import type { Server as TlsServer } from 'node:tls';
import type { CertificateFiles } from '../tls/certificate-files.js';

/** For a client to say hello and agree on keys. */
const HANDSHAKE_TIMEOUT_MS = 10_000;
/** Strangers who open connections must not have the files read each time. */
const REREAD_MS = 1_000;

/** @throws if the files cannot be used */
export const httpsOptions = (certificates: CertificateFiles) => ({
  ...certificates.contents(),
  minVersion: 'TLSv1.2' as const,
  handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
  // Requests that came before the client closed its side are answered, as over HTTP.
  allowHalfOpen: true,
});

/** Has a server take over renewed files with the next connection, at most a second later. Open connections stay. */
export function renewCertificate(server: TlsServer, certificates: CertificateFiles): void {
  let current = certificates.contents();
  let readAt = performance.now();
  server.prependListener('connection', () => {
    if (performance.now() - readAt < REREAD_MS) return;
    readAt = performance.now();
    const contents = certificates.contents();
    if (contents === current) return;
    current = contents;
    server.setSecureContext({ ...contents, minVersion: 'TLSv1.2' });
  });
}

/** Calls back with each connection that can carry requests: over HTTPS, once it is encrypted. */
export function onConnection(server: Server, opened: (socket: Socket) => void): void {
  server.on(server instanceof HttpsServer ? 'secureConnection' : 'connection', opened);
}

/** Encrypted connections, from when they are opened: the socket of their requests exists only after the handshake. */
export class Handshakes {
  /** By the other end's address and port. */
  readonly #pending = new Map<string, Socket>();
  readonly #carriers = new WeakMap<Socket, Socket>();

  watch(server: Server): void {
    if (!(server instanceof HttpsServer)) return;
    server.on('connection', (carrier: Socket) => {
      const end = otherEnd(carrier);
      this.#pending.set(end, carrier);
      carrier.once('close', () => {
        if (this.#pending.get(end) === carrier) this.#pending.delete(end);
      });
    });
    server.on('secureConnection', (socket) => {
      const end = otherEnd(socket);
      const carrier = this.#pending.get(end);
      this.#pending.delete(end);
      if (carrier) this.#carriers.set(socket, carrier);
    });
  }

  /** The socket that was opened for the one on which requests come. Without encryption it is the same. */
  carrierOf(socket: Socket): Socket {
    return this.#carriers.get(socket) ?? socket;
  }

  cutOff(): void {
    for (const carrier of this.#pending.values()) carrier.destroy();
  }
}

const otherEnd = ({ remoteAddress, remotePort }: Socket): string => `${remoteAddress} ${remotePort}`;
