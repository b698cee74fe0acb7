import { z } from 'zod';
import { DEFAULT_MEMORY_MB, LEAST_MEMORY_MB } from './memory-plan.js';
import { consoleSettings } from './console-settings.schema.js';
import { fraudRulesSchema } from './fraud-rules.schema.js';
import { httpSettings } from './http-settings.schema.js';
import { kafkaSettings } from './kafka-settings.schema.js';
import { tracingSettings } from './tracing-settings.schema.js';
import { isIssuerUrl } from '../auth/access-tokens/issuer-url.js';
import { isPortRange, isTargetPattern } from '#libs/webhooks';
import { flag, integer, isEncryptionKey, list, mailbox, MOST_MS, parsedJson, url } from './setting-values.js';

/**
 * Every setting of every app, with its default. Names are environment variables.
 * `docs/settings.md` is generated from this.
 */
export const environmentSchema = z.object({
  PROCESSES: integer(1, 64)
    .optional()
    .describe(
      'Processes in which `standalone` runs, on one port; other apps are always one. Limits of a process apply to ' +
        'each. Default: 1 on one or two cores, otherwise one less than there are cores, but at most 4.',
    ),
  MEMORY_MB: integer(LEAST_MEMORY_MB, 1_000_000)
    .optional()
    .describe(
      `Memory of the process, in megabytes; see docs/operations.md. Default: ${DEFAULT_MEMORY_MB}, or three quarters of the ` +
        "container's or the machine's memory if that is less.",
    ),
  ...httpSettings,
  SHUTDOWN_TIMEOUT_MS: integer(1_000, 300_000)
    .default(20_000)
    .describe('Time for requests and deliveries in flight to finish at shutdown.'),

  ...kafkaSettings,

  DATABASE_URL: url('postgres:', 'postgresql:')
    .default('postgresql://127.0.0.1:5432/orderstream')
    .describe('Postgres database.'),
  DATABASE_ADMIN_URL: url('postgres:', 'postgresql:')
    .optional()
    .describe(
      'The same database with a role that may create roles. Only `orderstream analysts` uses it. Default: DATABASE_URL.',
    ),
  DATABASE_POOL_SIZE: integer(1, 200)
    .default(10)
    .describe('Most connections that a process opens for its work; each has one more, for notices.'),
  DATABASE_TIMEOUT_MS: integer(100, 60_000)
    .default(4_000)
    .describe('Longest wait for a connection, and for one statement.'),

  COMMAND_TIMEOUT_MS: integer(100, 60_000)
    .default(5_000)
    .describe('A command that Kafka has not confirmed by then gets 503.'),
  COMMAND_MAX_LAG_MS: integer(0, 60_000)
    .default(100)
    .describe(
      'How far deliveries may be behind before commands wait for their turn, processes three and projections five ' +
        'times as far: orders that are taken faster than they are passed on only make everyone wait. It holds ' +
        'while the process has no CPU time to spare. A command that gets no turn in half of COMMAND_TIMEOUT_MS ' +
        'gets 503 with Retry-After. 0: commands never wait.',
    ),
  COMMAND_MAX_IN_FLIGHT: integer(1, 1_000_000)
    .default(20_000)
    .describe(
      'Commands in flight; beyond it they get 503 at once. A tenant may have no more than the others leave ' +
        'free, at most half if it is alone; beyond that its commands get 429.',
    ),
  COMMAND_MAX_IN_FLIGHT_BYTES: integer(1_000_000, 8_000_000_000)
    .optional()
    .describe(
      "Memory for commands in flight; beyond it they get 503 at once, and beyond a tenant's share, as for " +
        'COMMAND_MAX_IN_FLIGHT, 429. Default: by MEMORY_MB, at most 128000000.',
    ),
  COMMAND_STATE_BYTES: integer(1_000_000, 64_000_000_000)
    .optional()
    .describe(
      'Memory for the state cache of each topic, counted as JSON. Other states are loaded from the database when ' +
        'needed. Default: all topics share what MEMORY_MB leaves for states.',
    ),
  COMMAND_PEER_URL: url('http:', 'https:')
    .optional()
    .describe(
      'Where other command processes reach this one. Default: HTTP_HOST and the port, or the host name if ' +
        'HTTP_HOST is a wildcard.',
    ),
  API_KEY_CACHE_MS: integer(0, 3_600_000)
    .default(30_000)
    .describe(
      'How long a looked-up key is trusted. Processes hear of changed keys at once; one that misses it lets a revoked key ' +
        'work that long.',
    ),
  OIDC_ISSUER: z
    .string()
    .refine(isIssuerUrl, 'must be a URL that starts with https://, or with http:// on this machine')
    .optional()
    .describe(
      'Issuer of the JWT access tokens that are accepted beside API keys, exactly as it names itself. Without it, ' +
        'there are only API keys.',
    ),
  OIDC_AUDIENCE: z
    .string()
    .min(1)
    .max(1_000)
    .optional()
    .describe('The audience (`aud`) that access tokens must name. Required by OIDC_ISSUER.'),
  OIDC_TENANT_CLAIM: z
    .string()
    .regex(/^[\w.:/-]{1,200}$/, 'must be letters, digits and _ . : / -')
    .default('tenant')
    .describe("The claim that holds the tenant's name."),
  OIDC_TOKEN_TYPE: z
    .string()
    .regex(/^[\w.+/-]{1,100}$/, 'must be a media type, as in at+jwt')
    .default('at+jwt')
    .describe(
      'The type (`typ`) that access tokens must have. With `JWT`, as some issuers write it, the issuer must keep ID ' +
        'tokens of the same audience apart.',
    ),

  ...consoleSettings,

  RATE_LIMIT_ORDERS_PER_SECOND: integer(1, 1_000_000)
    .optional()
    .describe(
      'Orders per second of a tenant, over all processes; one of a batch counts one. More get 429. Default: no limit. ' +
        '`orderstream tenants set` gives a tenant a limit of its own, for this and for the other limits of tenants.',
    ),
  RATE_LIMIT_REQUESTS_PER_SECOND: integer(1, 1_000_000)
    .optional()
    .describe(
      'Requests per second of a tenant, over all processes; long answers and waits count several. More get 429. ' +
        'Default: no limit.',
    ),
  ORDER_BATCH_MAX_SIZE: integer(1, 1_000).default(1_000).describe('Most orders in a batch.'),

  QUERY_MAX_WAITING: integer(0, 1_000_000)
    .default(1_000)
    .describe(
      'Queries that may wait for a position at once; more get 503. A tenant may have no more than the others ' +
        'leave free, at most half if it is alone; beyond that its queries get 429.',
    ),

  EVENT_STREAM_MAX_READERS: integer(1, 1_000_000)
    .default(1_000)
    .describe('Open event streams and long polls of a process; more get 503.'),
  EVENT_STREAM_MAX_READERS_PER_TENANT: integer(1, 1_000_000)
    .default(200)
    .describe(
      'Most of these for one tenant, if its share is not less: no more than the others leave free. More get ' +
        '429.',
    ),
  EVENT_STREAM_MEMORY_BYTES: integer(1_000_000, 8_000_000_000)
    .optional()
    .describe(
      'Approximate memory for the newest events while streams are open. Readers further behind read from Kafka. ' +
        'Default: by MEMORY_MB, at most 32000000.',
    ),

  PROJECTOR_BATCH_EVENTS: integer(1, 10_000).default(500).describe('Most events written in one transaction.'),

  WEBHOOK_ALLOW_PRIVATE_TARGETS: flag
    .default(false)
    .describe('Allows callback URLs with http and with any address and port. For development only.'),
  WEBHOOK_ALLOWED_TARGETS: list(
    isTargetPattern,
    'must be addresses, CIDR ranges, host names or *.<domain>, separated by commas',
  )
    .default([])
    .describe(
      'Addresses, CIDR ranges, host names and *.<domain>, separated by commas, that are allowed although they ' +
        'are private, with http too: for closed networks. Names listed here are resolved by the system, others by ' +
        'DNS only.',
    ),
  WEBHOOK_ALLOWED_PORTS: list(isPortRange, 'must be ports or ranges of them, separated by commas')
    .default(['443', '1024-65535'])
    .describe(
      'Ports and port ranges allowed in callback URLs, separated by commas. Where http is allowed, so is port ' +
        '80.',
    ),
  WEBHOOK_ENCRYPTION_KEY: list(isEncryptionKey, 'must be base64 of 32 bytes, several separated by commas')
    .optional()
    .describe(
      'Encrypts the secrets and extra headers of subscriptions: base64 of 32 random bytes, as `openssl rand ' +
        '-base64 32` prints. All apps that handle webhooks need the same key. Keep it safe: without it nothing ' +
        'can be delivered. To change it, list several, separated by commas: the first encrypts, all of them ' +
        'decrypt.',
    ),
  PERSONAL_DATA_KEY: list(isEncryptionKey, 'must be base64 of 32 bytes, several separated by commas')
    .optional()
    .describe(
      'Encrypts the keys under which names, e-mail addresses and postal addresses of customers are sealed in events and ' +
        'tables: base64 of 32 random bytes, as `openssl rand -base64 32` prints. All apps need the same one. Keep it safe: ' +
        'without it nobody can read that data. To change it, put the new one first and the old one after a comma, and run ' +
        '`orderstream personal-data rewrap`. Without it, personal data is not sealed, and `orderstream forget` cannot ' +
        'remove it.',
    ),
  WEBHOOK_MAX_SUBSCRIPTIONS: integer(1, 1_000_000)
    .default(20_000)
    .describe(
      'Approximate limit of webhook subscriptions per tenant: concurrent creates may exceed it slightly.',
    ),
  WEBHOOK_MAX_SUBSCRIPTION_BYTES: integer(100_000, 8_000_000_000)
    .default(64_000_000)
    .describe(
      "Approximate limit of a tenant's webhook subscriptions in total, as JSON: every dispatcher holds them all " +
        'in memory, where they take several times that.',
    ),
  WEBHOOK_MAX_REPLAYS: integer(1, 1_000_000)
    .default(100)
    .describe('Replays that a tenant may have running at once, over all its webhook subscriptions.'),
  WEBHOOK_MAX_IN_FLIGHT: integer(1, 1_000_000)
    .default(8_192)
    .describe(
      'Most requests in flight to all subscriptions, per process; each takes a connection. A tenant may have no ' +
        'more than the others leave free, at most half if it is alone; its other deliveries wait.',
    ),
  WEBHOOK_CONCURRENCY: integer(1, 1_000)
    .default(16)
    .describe('Most requests in flight to one subscription, per process.'),
  WEBHOOK_POLL_MS: integer(50, 60_000)
    .default(500)
    .describe('How often dispatchers look for changed subscriptions.'),
  // Endpoints count as dead after five days without a success, which the log must be able to show.
  WEBHOOK_LOG_DAYS: integer(6, 90)
    .default(7)
    .describe(
      'Days that the delivery log is kept. Each attempt takes a few hundred bytes, plus what the endpoint ' +
        'answered.',
    ),

  FULFILMENT_ENABLED: flag
    .default(true)
    .describe('Whether a process manager carries new orders from stock and payment to delivery.'),
  FULFILMENT_UNTRACKED_SKUS: z
    .enum(['accept', 'reject'], 'must be accept or reject')
    .default('accept')
    .describe(
      'Whether orders may contain SKUs that never had a receipt or an adjustment. Accepted ones are always available.',
    ),
  FULFILMENT_COMPLETE_AFTER_MS: integer(0, MOST_MS)
    .default(0)
    .describe('Time from the delivery of an order to its completion.'),
  FULFILMENT_STUCK_AFTER_MS: integer(100, MOST_MS)
    .default(60_000)
    .describe('A process whose command has had no answer for this long counts as stuck.'),
  FULFILMENT_REVIEW_TIMEOUT_MS: integer(100, MOST_MS)
    .default(86_400_000)
    .describe(
      'Time to review a payment and make it, from the creation of its order; after that the order is cancelled.',
    ),
  FULFILMENT_FRAUD_RULES: z
    .string()
    .transform(parsedJson)
    .pipe(fraudRulesSchema)
    .prefault('[{"rule":"country-mismatch"}]')
    .describe(
      'Rules that have a person review a payment first, as a JSON array; see docs/fulfilment.md. Default: the country of the ' +
        'card is not that of the address.',
    ),
  PAYMENT_TIMEOUT_MS: integer(100, MOST_MS)
    .default(900_000)
    .describe('Time to pay an order; after that it is cancelled.'),
  PAYMENT_GATEWAY: z
    .enum(['simulated', 'stripe'])
    .default('simulated')
    .describe('Where payments go: `simulated` moves no money, and is for development only.'),
  PAYMENT_GATEWAY_URL: url('http:', 'https:')
    .default('http://127.0.0.1:8090')
    .describe('The simulated gateway, which is an app of its own.'),
  PAYMENT_GATEWAY_TIMEOUT_MS: integer(100, 120_000)
    .default(10_000)
    .describe('Longest wait for an answer of the payment gateway; after that its outcome is looked up.'),
  PAYMENT_GATEWAY_DIRECTORY: z
    .string()
    .min(1)
    .default('.orderstream/data/payment-gateway')
    .describe('Where the simulated gateway keeps its journal.'),
  STRIPE_API_KEY: z
    .string()
    .regex(/^[rs]k_\S+$/, 'must be a secret or restricted key of Stripe, as in sk_test_…')
    .optional()
    .describe('Secret or restricted key of the Stripe account. Required by PAYMENT_GATEWAY=stripe.'),
  STRIPE_WEBHOOK_SECRET: z
    .string()
    .regex(/^whsec_\S+$/, 'must be the signing secret of a webhook endpoint at Stripe, as in whsec_…')
    .optional()
    .describe(
      'Signing secret of the webhook endpoint at Stripe that calls /v1/payment-gateways/stripe/webhook. Without it, ' +
        'what happens at Stripe is noticed at the next step of the payment only.',
    ),
  STRIPE_API_URL: url('http:', 'https:').default('https://api.stripe.com').describe("Stripe's API."),
  CART_ABANDONED_AFTER_MS: integer(100, MOST_MS)
    .default(3_600_000)
    .describe('A cart without changes for this long counts as abandoned.'),
  CART_MAX_STORED: integer(1, 1_000_000_000)
    .optional()
    .describe(
      'Approximate limit of the carts of a tenant that are not checked out: concurrent creates may exceed it ' +
        'slightly. Default: no limit.',
    ),

  SMTP_URL: url('smtp:', 'smtps:')
    .optional()
    .describe(
      'Mail server for mails to customers, as in smtp://user:password@host:587. Without it, no mail is sent and the ' +
        'mails that are due are left out for good.',
    ),
  MAIL_FROM: mailbox
    .prefault('Orderstream <orders@orderstream.example>')
    .describe(
      'Sender of mails to customers, as in `Shop <orders@example.com>`. Its domain is also that of their Message-ID.',
    ),

  LOG_LEVEL: z
    .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace'])
    .default('info')
    .describe('Least severe log lines that are written.'),

  ...tracingSettings,
});

export type Environment = z.infer<typeof environmentSchema>;
