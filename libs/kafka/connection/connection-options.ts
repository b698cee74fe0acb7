import type { ISocketFactory, SASLOptions } from 'kafkajs';
import type { CertificatePaths, SaslSettings } from '#libs/platform';
import { brokerSockets } from './broker-sockets.js';
import { mendKafkajs } from './kafkajs-mends.js';
import { OAuthTokens } from './oauth-tokens.js';

/** How a process connects to Kafka. All of its connections do it the same way. */
export interface KafkaConnection {
  readonly brokers: readonly string[];
  readonly clientId: string;
  readonly requestTimeoutMs: number;
  readonly tls?: CertificatePaths | undefined;
  readonly sasl?: SaslSettings | undefined;
}

const CONNECT_MS = 1_000;

/** The same as options of kafkajs. */
export function connectionOptions({ brokers, clientId, requestTimeoutMs, tls, sasl }: KafkaConnection): {
  brokers: string[];
  clientId: string;
  connectionTimeout: number;
  requestTimeout: number;
  socketFactory: ISocketFactory;
  sasl?: SASLOptions;
} {
  mendKafkajs();
  return {
    brokers: [...brokers],
    clientId,
    // Encrypted ones take several round trips, and some work.
    connectionTimeout: tls ? requestTimeoutMs : Math.min(CONNECT_MS, requestTimeoutMs),
    requestTimeout: requestTimeoutMs,
    socketFactory: brokerSockets(tls),
    ...(sasl && { sasl: saslOptions(sasl) }),
  };
}

/** By their settings, which a process reads once. */
const tokens = new WeakMap<SaslSettings, OAuthTokens>();

function saslOptions(sasl: SaslSettings): SASLOptions {
  if (sasl.mechanism !== 'oauthbearer') return { ...sasl };
  const shared = tokens.get(sasl) ?? new OAuthTokens(sasl);
  tokens.set(sasl, shared);
  return {
    mechanism: sasl.mechanism,
    oauthBearerProvider: async () => ({ value: await shared.current() }),
  };
}
