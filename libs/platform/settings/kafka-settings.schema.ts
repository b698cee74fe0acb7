import { z } from 'zod';
import { isUntappedUrl } from '../auth/access-tokens/issuer-url.js';
import { brokers, file, flag, integer, url } from './setting-values.js';

const secret = z.string().min(1).max(10_000);

/** The settings of Kafka and of the schema registry: where they are, and how connections are encrypted and logged in. */
export const kafkaSettings = {
  KAFKA_BROKERS: brokers
    .default(['127.0.0.1:9092'])
    .describe('Kafka brokers, host:port, separated by commas.'),
  KAFKA_CLIENT_ID: z
    .string()
    .min(1)
    .default('orderstream')
    .describe("Name of this client in the brokers' logs."),
  KAFKA_REQUEST_TIMEOUT_MS: integer(500, 60_000)
    .default(3_000)
    .describe('Longest wait for one broker response.'),
  KAFKA_GROUP_PREFIX: z
    .string()
    .min(1)
    .default('orderstream')
    .describe(
      'Prefix of consumer groups and transactional ids. All processes that share topics must use the same one, ' +
        'forever.',
    ),
  KAFKA_TLS_ENABLED: flag
    .default(false)
    .describe('Encrypts connections to the brokers, and verifies their certificates and host names.'),
  KAFKA_TLS_CA_FILE: file
    .optional()
    .describe(
      'Certificate authorities that the brokers may have, as PEM. Default: those that Node trusts. This file and the next two ' +
        'are read for each new connection, so a renewed certificate needs no restart.',
    ),
  KAFKA_TLS_CERT_FILE: file
    .optional()
    .describe("This client's certificate and its chain, as PEM, where brokers ask for one."),
  KAFKA_TLS_KEY_FILE: file.optional().describe('Private key of that certificate, as PEM, not encrypted.'),
  KAFKA_SASL_MECHANISM: z
    .enum(
      ['plain', 'scram-sha-256', 'scram-sha-512', 'oauthbearer'],
      'must be plain, scram-sha-256, scram-sha-512 or oauthbearer',
    )
    .optional()
    .describe('How this client logs in at the brokers. Default: it does not.'),
  KAFKA_SASL_USERNAME: z.string().min(1).max(1_000).optional().describe('User, except for `oauthbearer`.'),
  KAFKA_SASL_PASSWORD: secret.optional().describe('Password of that user.'),
  KAFKA_SASL_OAUTH_TOKEN_URL: url('http:', 'https:')
    .optional()
    .describe(
      'Token endpoint for `oauthbearer`: it gives an access token for the credentials of a client (RFC 6749, section 4.4). ' +
        'A token is kept for most of its time, and then replaced.',
    ),
  KAFKA_SASL_OAUTH_CLIENT_ID: z.string().min(1).max(1_000).optional().describe('Client at that endpoint.'),
  KAFKA_SASL_OAUTH_CLIENT_SECRET: secret.optional().describe('Secret of that client.'),
  KAFKA_SASL_OAUTH_SCOPE: z
    .string()
    .min(1)
    .max(1_000)
    .optional()
    .describe('Scopes to ask for, separated by spaces. Default: none are named.'),
  KAFKA_SASL_OAUTH_AUDIENCE: z
    .string()
    .min(1)
    .max(1_000)
    .optional()
    .describe(
      'Whom the token is for, where the endpoint must be told: it is sent as `audience` and as `resource`.',
    ),
  TOPIC_PARTITIONS: integer(1, 10_000)
    .default(12)
    .describe('Partitions of a new topic. The number never changes for a topic in use.'),
  TOPIC_REPLICATION: integer(1, 10)
    .default(1)
    .describe('Replicas of a new topic; use 3 wherever data matters.'),
  SCHEMA_REGISTRY_URL: url('http:', 'https:')
    .default('http://127.0.0.1:8081/apis/ccompat/v7')
    .describe(
      'Confluent-compatible schema registry. User and password, if it wants them, as in https://user:password@host.',
    ),
  SCHEMA_REGISTRY_TLS_CA_FILE: file
    .optional()
    .describe('Certificate authorities that the registry may have, as PEM. Default: those that Node trusts.'),
};

type Environment = z.infer<z.ZodObject<typeof kafkaSettings>>;
type Name = keyof Environment;

/** What each mechanism needs beside its name. */
const NEEDED: Readonly<Record<NonNullable<Environment['KAFKA_SASL_MECHANISM']>, readonly Name[]>> = {
  plain: ['KAFKA_SASL_USERNAME', 'KAFKA_SASL_PASSWORD'],
  'scram-sha-256': ['KAFKA_SASL_USERNAME', 'KAFKA_SASL_PASSWORD'],
  'scram-sha-512': ['KAFKA_SASL_USERNAME', 'KAFKA_SASL_PASSWORD'],
  oauthbearer: ['KAFKA_SASL_OAUTH_TOKEN_URL', 'KAFKA_SASL_OAUTH_CLIENT_ID', 'KAFKA_SASL_OAUTH_CLIENT_SECRET'],
};

/** Mechanisms that send what anybody who listens could log in with. */
const READABLE: readonly string[] = ['plain', 'oauthbearer'];

/** @returns a line for each setting that another one forbids or requires */
export function kafkaContradictions(env: Environment): string[] {
  const lines: string[] = [];
  const needs = (name: Name, by: string) => {
    if (env[name] === undefined) lines.push(`${name}: is required by ${by}`);
  };
  const mechanism = env.KAFKA_SASL_MECHANISM;
  if (mechanism) for (const name of NEEDED[mechanism]) needs(name, `KAFKA_SASL_MECHANISM=${mechanism}`);
  for (const name of new Set(Object.values(NEEDED).flat()))
    if (env[name] !== undefined && !(mechanism && NEEDED[mechanism].includes(name)))
      lines.push(
        `${name}: is not for ${mechanism ? `KAFKA_SASL_MECHANISM=${mechanism}` : 'connections without KAFKA_SASL_MECHANISM'}`,
      );
  if (env.KAFKA_TLS_CERT_FILE !== undefined) needs('KAFKA_TLS_KEY_FILE', 'KAFKA_TLS_CERT_FILE');
  if (env.KAFKA_TLS_KEY_FILE !== undefined) needs('KAFKA_TLS_CERT_FILE', 'KAFKA_TLS_KEY_FILE');
  for (const name of ['KAFKA_TLS_CA_FILE', 'KAFKA_TLS_CERT_FILE'] as const)
    if (env[name] !== undefined && !env.KAFKA_TLS_ENABLED)
      lines.push(`KAFKA_TLS_ENABLED: must be true for ${name}`);
  if (
    mechanism &&
    READABLE.includes(mechanism) &&
    !env.KAFKA_TLS_ENABLED &&
    !env.KAFKA_BROKERS.every(isOnThisMachine)
  )
    lines.push(
      `KAFKA_TLS_ENABLED: must be true for KAFKA_SASL_MECHANISM=${mechanism}, which sends secrets as they are`,
    );
  if (env.KAFKA_SASL_OAUTH_TOKEN_URL !== undefined && !isUntappedUrl(env.KAFKA_SASL_OAUTH_TOKEN_URL))
    lines.push('KAFKA_SASL_OAUTH_TOKEN_URL: must start with https://, or with http:// on this machine');
  return lines;
}

const isOnThisMachine = (broker: string): boolean => isUntappedUrl(`http://${broker}`);

export function kafkaSettingsOf(env: Environment) {
  return {
    brokers: env.KAFKA_BROKERS,
    clientId: env.KAFKA_CLIENT_ID,
    requestTimeoutMs: env.KAFKA_REQUEST_TIMEOUT_MS,
    tls: env.KAFKA_TLS_ENABLED
      ? {
          caFile: env.KAFKA_TLS_CA_FILE,
          certFile: env.KAFKA_TLS_CERT_FILE,
          keyFile: env.KAFKA_TLS_KEY_FILE,
        }
      : undefined,
    sasl: saslOf(env),
    groupPrefix: env.KAFKA_GROUP_PREFIX,
    partitions: env.TOPIC_PARTITIONS,
    replication: env.TOPIC_REPLICATION,
    registry: { url: env.SCHEMA_REGISTRY_URL, caFile: env.SCHEMA_REGISTRY_TLS_CA_FILE },
  } as const;
}

export type SaslSettings =
  | {
      readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512';
      readonly username: string;
      readonly password: string;
    }
  | {
      readonly mechanism: 'oauthbearer';
      readonly tokenUrl: string;
      readonly clientId: string;
      readonly clientSecret: string;
      readonly scope: string | undefined;
      readonly audience: string | undefined;
    };

function saslOf(env: Environment): SaslSettings | undefined {
  const mechanism = env.KAFKA_SASL_MECHANISM;
  // What is missing has been refused before.
  const given = (name: Name) => String(env[name] ?? '');
  switch (mechanism) {
    case undefined:
      return undefined;
    case 'oauthbearer':
      return {
        mechanism,
        tokenUrl: given('KAFKA_SASL_OAUTH_TOKEN_URL'),
        clientId: given('KAFKA_SASL_OAUTH_CLIENT_ID'),
        clientSecret: given('KAFKA_SASL_OAUTH_CLIENT_SECRET'),
        scope: env.KAFKA_SASL_OAUTH_SCOPE,
        audience: env.KAFKA_SASL_OAUTH_AUDIENCE,
      };
    default:
      return { mechanism, username: given('KAFKA_SASL_USERNAME'), password: given('KAFKA_SASL_PASSWORD') };
  }
}
