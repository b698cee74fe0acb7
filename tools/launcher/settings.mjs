import util from 'node:util';
import { LaunchFailure } from './failure.mjs';

/** As long as browsers take a certificate. */
const MOST_DAYS = 398;

const HELP = `Starts Orderstream with all its servers. Ctrl-C stops everything.

  npm start -- [options]

  --port <number>  the port to listen on, also HTTP_PORT; 0 for any. Default: that of the last start, 8080 at
                   first, or any if it is taken
  --fresh          delete all data first, but keep downloads
  --secure         run each app by itself, with TLS everywhere, and at Kafka with the log-in and the rights of its own;
                   Kafka, the registry and Postgres are then started here
  --certificate-days <number>
                   with --secure, the life of certificates, which are renewed after two thirds of it. Default: 30
  --logs           show the application's log here, too
  --help           show this text

Each of these settings names a server of yours to use instead of starting one:

  KAFKA_BROKERS        host:port, several with commas
  SCHEMA_REGISTRY_URL  the root of Confluent's API; Apicurio's ends in /apis/ccompat/v7
  DATABASE_URL         postgresql://user:password@host:port/database
  SMTP_URL             smtp://user:password@host:port
  PAYMENT_GATEWAY_URL  a simulated payment gateway

With PAYMENT_GATEWAY=stripe no simulated gateway is started. All settings of the environment reach the
application; docs/settings.md lists them. Data, logs and downloads are in .orderstream/.`;

/** @param {string[]} args of the command line */
export function readSettings(args) {
  const { port = process.env.HTTP_PORT, ...options } = readOptions(args);
  const { secure = false } = options;
  const { KAFKA_BROKERS, SCHEMA_REGISTRY_URL, DATABASE_URL, SMTP_URL, PAYMENT_GATEWAY_URL } = process.env;
  const { PAYMENT_GATEWAY } = process.env;
  for (const broker of KAFKA_BROKERS?.split(',') ?? [])
    requireUrl('KAFKA_BROKERS', `kafka://${broker.trim()}`);
  if (SCHEMA_REGISTRY_URL) requireUrl('SCHEMA_REGISTRY_URL', SCHEMA_REGISTRY_URL);
  if (DATABASE_URL) requireUrl('DATABASE_URL', DATABASE_URL);
  if (SMTP_URL) requireUrl('SMTP_URL', SMTP_URL);
  if (PAYMENT_GATEWAY_URL) requireUrl('PAYMENT_GATEWAY_URL', PAYMENT_GATEWAY_URL);
  if (secure && (KAFKA_BROKERS || SCHEMA_REGISTRY_URL || DATABASE_URL))
    throw new LaunchFailure(
      '--secure secures the servers that it starts: leave out KAFKA_BROKERS, SCHEMA_REGISTRY_URL and DATABASE_URL.',
    );
  return {
    secure,
    certificateDays: daysNumber(options['certificate-days'] ?? '30'),
    fresh: options.fresh ?? false,
    logs: options.logs ?? false,
    help: options.help ? HELP : undefined,
    port: port ? portNumber(port) : undefined,
    given: {
      ...(KAFKA_BROKERS && { KAFKA_BROKERS }),
      ...(SCHEMA_REGISTRY_URL && { SCHEMA_REGISTRY_URL }),
      ...(DATABASE_URL && { DATABASE_URL }),
      ...(SMTP_URL && { SMTP_URL }),
      ...(PAYMENT_GATEWAY_URL && { PAYMENT_GATEWAY_URL }),
      ...(PAYMENT_GATEWAY && { PAYMENT_GATEWAY }),
    },
  };
}

/** @param {string[]} args */
function readOptions(args) {
  try {
    return util.parseArgs({
      args,
      options: {
        port: { type: 'string' },
        secure: { type: 'boolean' },
        'certificate-days': { type: 'string' },
        fresh: { type: 'boolean' },
        logs: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    }).values;
  } catch (error) {
    const [sentence] = /** @type {Error} */ (error).message.split('. ');
    throw new LaunchFailure(`${sentence}. See npm start -- --help`);
  }
}

/** @param {string} text */
function portNumber(text) {
  const port = Number(text);
  if (Number.isInteger(port) && port >= 0 && port < 65_536) return port;
  throw new LaunchFailure(`HTTP_PORT or --port: '${text}' is not a port number (0 to 65535).`);
}

/** @param {string} text */
function daysNumber(text) {
  const days = Number(text);
  if (days > 0 && days <= MOST_DAYS) return days;
  throw new LaunchFailure(`--certificate-days: '${text}' is not a number above 0 and up to ${MOST_DAYS}.`);
}

/**
 * @param {string} setting
 * @param {string} url
 */
function requireUrl(setting, url) {
  // The address may contain a password, so it is not shown.
  if (!URL.canParse(url)) throw new LaunchFailure(`${setting} is not an address. See npm start -- --help`);
}
