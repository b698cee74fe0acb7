import { availableParallelism, totalmem } from 'node:os';
import { z } from 'zod';
import { defaultMemoryMb, heapBytes, memoryPlan, nodeOptions } from './memory-plan.js';
import { httpContradictions, httpTlsOf } from './http-settings.schema.js';
import { kafkaContradictions, kafkaSettingsOf } from './kafka-settings.schema.js';
import { type Environment, environmentSchema } from './settings.schema.js';
import { tracingSettingsOf } from './tracing-settings.schema.js';

/** Injection token of {@link Settings}. */
export const SETTINGS = Symbol('settings');

/** The environment, validated and grouped by purpose. */
export type Settings = ReturnType<typeof settingsOf>;

export class SettingsError extends Error {
  override readonly name = 'SettingsError';
}

export type SettingName = keyof Environment;

/** Of the container if it has a limit, otherwise of the machine, in bytes. */
const memoryLimit = (): number => Math.min(totalmem(), process.constrainedMemory() || totalmem());

/**
 * @param required settings without a default that this process needs
 * @throws SettingsError naming each invalid variable and its rule, but never its value, which may be secret
 */
export function loadSettings(
  environment: Record<string, string | undefined>,
  required: readonly SettingName[] = [],
  limitBytes = memoryLimit(),
): Settings {
  // An empty variable means "not set", as in most shells and compose files.
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const parsed = environmentSchema.safeParse(given);
  const lines = required
    .filter((name) => given[name] === undefined)
    .map((name) => `  ${name}: is required. ${environmentSchema.shape[name].description}`);
  if (parsed.success) lines.push(...contradictions(parsed.data, limitBytes));
  for (const { path, message } of parsed.error?.issues ?? []) lines.push(`  ${path.join('.')}: ${message}`);
  if (!parsed.success || lines.length > 0) throw new SettingsError(`Wrong settings:\n${lines.join('\n')}`);
  return settingsOf(parsed.data, limitBytes);
}

function contradictions(env: Environment, limitBytes: number): string[] {
  const lines: string[] = [];
  const { maxInFlightBytes, batchLimitBytes } = sizesOf(env, limitBytes);
  if (maxInFlightBytes < 2 * batchLimitBytes)
    lines.push(
      '  HTTP_MAX_IN_FLIGHT_BYTES: must be at least twice HTTP_BATCH_LIMIT_BYTES, or no such batch can be accepted',
    );
  if (env.PAYMENT_GATEWAY === 'stripe' && env.STRIPE_API_KEY === undefined)
    lines.push('  STRIPE_API_KEY: is required by PAYMENT_GATEWAY=stripe');
  if (env.OIDC_ISSUER !== undefined && env.OIDC_AUDIENCE === undefined)
    lines.push('  OIDC_AUDIENCE: is required by OIDC_ISSUER');
  if (env.OIDC_AUDIENCE !== undefined && env.OIDC_ISSUER === undefined)
    lines.push('  OIDC_ISSUER: is required by OIDC_AUDIENCE');
  if (env.OIDC_CLIENT_ID !== undefined && env.OIDC_ISSUER === undefined)
    lines.push('  OIDC_ISSUER: is required by OIDC_CLIENT_ID');
  if (env.OIDC_CLIENT_SECRET !== undefined && env.OIDC_CLIENT_ID === undefined)
    lines.push('  OIDC_CLIENT_ID: is required by OIDC_CLIENT_SECRET');
  for (const line of [...httpContradictions(env), ...kafkaContradictions(env)]) lines.push(`  ${line}`);
  return lines;
}

/** Sizes that follow from `MEMORY_MB`, unless they are set. */
function sizesOf(env: Environment, limitBytes: number) {
  const processes = env.PROCESSES ?? processesFor(availableParallelism());
  const memoryMb = env.MEMORY_MB ?? defaultMemoryMb(limitBytes / processes);
  const plan = memoryPlan(memoryMb);
  const maxInFlightBytes = env.HTTP_MAX_IN_FLIGHT_BYTES ?? Math.min(67_108_864, plan.bodies);
  return {
    processes,
    memoryMb,
    plan,
    maxInFlightBytes,
    // A tenant that is alone may have half.
    batchLimitBytes: env.HTTP_BATCH_LIMIT_BYTES ?? Math.min(16_777_216, Math.floor(plan.bodies / 2)),
    commandBytes: env.COMMAND_MAX_IN_FLIGHT_BYTES ?? Math.min(128_000_000, plan.commands),
    recentEventBytes: env.EVENT_STREAM_MEMORY_BYTES ?? Math.min(32_000_000, plan.recentEvents),
  };
}

function settingsOf(env: Environment, limitBytes: number) {
  const sizes = sizesOf(env, limitBytes);
  return {
    processes: sizes.processes,
    memory: {
      megabytes: sizes.memoryMb,
      ...sizes.plan,
      /** Limit of V8's heap that these options give. */
      heapBytes: heapBytes(sizes.plan),
      nodeOptions: nodeOptions(sizes.plan),
    },
    http: {
      host: env.HTTP_HOST,
      port: env.HTTP_PORT,
      publicUrl: env.PUBLIC_URL,
      tls: httpTlsOf(env),
      bodyLimitBytes: env.HTTP_BODY_LIMIT_BYTES,
      batchLimitBytes: sizes.batchLimitBytes,
      requestTimeoutMs: env.HTTP_REQUEST_TIMEOUT_MS,
      maxInFlightBytes: sizes.maxInFlightBytes,
      maxConnectionsPerTenant: env.HTTP_MAX_CONNECTIONS_PER_TENANT,
      trustedProxies: env.HTTP_TRUSTED_PROXIES,
      shutdownTimeoutMs: env.SHUTDOWN_TIMEOUT_MS,
      corsOrigins: env.HTTP_CORS_ORIGINS,
    },
    kafka: kafkaSettingsOf(env),
    database: {
      url: env.DATABASE_URL,
      adminUrl: env.DATABASE_ADMIN_URL ?? env.DATABASE_URL,
      poolSize: env.DATABASE_POOL_SIZE,
      timeoutMs: env.DATABASE_TIMEOUT_MS,
    },
    commands: {
      timeoutMs: env.COMMAND_TIMEOUT_MS,
      maxLagMs: env.COMMAND_MAX_LAG_MS,
      maxInFlight: env.COMMAND_MAX_IN_FLIGHT,
      maxInFlightBytes: sizes.commandBytes,
      /** For each topic, if it is set: otherwise all share `memory.states`. */
      stateBytes: env.COMMAND_STATE_BYTES,
      peerUrl: env.COMMAND_PEER_URL,
      peerCaFile: env.HTTP_TLS_CA_FILE,
    },
    auth: { cacheMs: env.API_KEY_CACHE_MS, oidc: oidcOf(env) },
    console: {
      logIn: logInOf(env),
      developmentKeyFile: env.CONSOLE_DEVELOPMENT_KEY_FILE,
      frameAncestors: env.PORTAL_FRAME_ANCESTORS,
    },
    /** Of tenants without a limit of their own; those of subscriptions, event streams and carts are with these. */
    limits: {
      ordersPerSecond: env.RATE_LIMIT_ORDERS_PER_SECOND,
      requestsPerSecond: env.RATE_LIMIT_REQUESTS_PER_SECOND,
      batchSize: env.ORDER_BATCH_MAX_SIZE,
    },
    queries: { maxWaiting: env.QUERY_MAX_WAITING },
    eventStream: {
      maxReaders: env.EVENT_STREAM_MAX_READERS,
      maxReadersPerTenant: env.EVENT_STREAM_MAX_READERS_PER_TENANT,
      memoryBytes: sizes.recentEventBytes,
    },
    projector: { batchEvents: env.PROJECTOR_BATCH_EVENTS },
    personalData: { keys: (env.PERSONAL_DATA_KEY ?? []).map((key) => Buffer.from(key, 'base64')) },
    webhooks: {
      allowPrivateTargets: env.WEBHOOK_ALLOW_PRIVATE_TARGETS,
      allowedTargets: env.WEBHOOK_ALLOWED_TARGETS,
      allowedPorts: env.WEBHOOK_ALLOWED_PORTS,
      encryptionKeys: (env.WEBHOOK_ENCRYPTION_KEY ?? []).map((key) => Buffer.from(key, 'base64')),
      maxSubscriptions: env.WEBHOOK_MAX_SUBSCRIPTIONS,
      maxSubscriptionBytes: env.WEBHOOK_MAX_SUBSCRIPTION_BYTES,
      maxReplays: env.WEBHOOK_MAX_REPLAYS,
      maxInFlight: env.WEBHOOK_MAX_IN_FLIGHT,
      concurrency: env.WEBHOOK_CONCURRENCY,
      pollMs: env.WEBHOOK_POLL_MS,
      logDays: env.WEBHOOK_LOG_DAYS,
    },
    fulfilment: {
      enabled: env.FULFILMENT_ENABLED,
      untrackedSkus: env.FULFILMENT_UNTRACKED_SKUS,
      completeAfterMs: env.FULFILMENT_COMPLETE_AFTER_MS,
      stuckAfterMs: env.FULFILMENT_STUCK_AFTER_MS,
      reviewTimeoutMs: env.FULFILMENT_REVIEW_TIMEOUT_MS,
      fraudRules: env.FULFILMENT_FRAUD_RULES,
      paymentTimeoutMs: env.PAYMENT_TIMEOUT_MS,
    },
    payments: {
      gateway: env.PAYMENT_GATEWAY,
      gatewayUrl: env.PAYMENT_GATEWAY_URL,
      gatewayTimeoutMs: env.PAYMENT_GATEWAY_TIMEOUT_MS,
      stripe: {
        apiKey: env.STRIPE_API_KEY,
        webhookSecret: env.STRIPE_WEBHOOK_SECRET,
        apiUrl: env.STRIPE_API_URL,
      },
    },
    carts: { abandonedAfterMs: env.CART_ABANDONED_AFTER_MS, maxStored: env.CART_MAX_STORED },
    mail: { smtpUrl: env.SMTP_URL, from: env.MAIL_FROM },
    logLevel: env.LOG_LEVEL,
    tracing: tracingSettingsOf(env),
  } as const;
}

/** Of the URLs at which this process itself answers, with the colon. */
export const schemeOf = ({ http }: { http: Pick<Settings['http'], 'tls'> }): 'https:' | 'http:' =>
  http.tls ? 'https:' : 'http:';

/** Whose access tokens are accepted; `undefined` for nobody's. */
const oidcOf = (env: Environment) =>
  env.OIDC_ISSUER === undefined || env.OIDC_AUDIENCE === undefined
    ? undefined
    : {
        issuer: env.OIDC_ISSUER,
        audience: env.OIDC_AUDIENCE,
        type: env.OIDC_TOKEN_TYPE,
        tenantClaim: env.OIDC_TENANT_CLAIM,
      };

/** How people log in at the issuer; `undefined` where they cannot. */
const logInOf = (env: Environment) =>
  env.OIDC_CLIENT_ID === undefined
    ? undefined
    : {
        clientId: env.OIDC_CLIENT_ID,
        clientSecret: env.OIDC_CLIENT_SECRET,
        scope: env.OIDC_LOG_IN_SCOPE,
      };

/** More share too few partitions and database connections to be worth their memory. */
const MOST_PROCESSES = 4;

/** One core is left to Kafka and Postgres, which on two cores need most of the second. */
export const processesFor = (cores: number): number => (cores <= 2 ? 1 : Math.min(cores - 1, MOST_PROCESSES));

/** One row per setting, for the documentation. */
export const describeSettings = (): { name: string; defaultValue: string; description: string }[] =>
  Object.entries(environmentSchema.shape).map(([name, schema]) => ({
    name,
    defaultValue:
      schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault
        ? String(schema.def.defaultValue)
        : '',
    description: schema.description ?? '',
  }));
