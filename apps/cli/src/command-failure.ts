import { LogUnavailableError } from '#libs/kernel';
import { isDatabaseOutage } from '#libs/postgres';
import { type Settings, SettingsError } from '#libs/platform';

/** As much as every error has, from whatever library or realm. */
interface Failure {
  readonly name: string;
  readonly message: string;
  readonly cause?: Failure;
  readonly errors?: readonly Failure[];
}

/** Why a command failed, in a sentence for the person at the terminal. */
export function failureText(error: unknown, settings: () => Settings): string {
  if (error instanceof SettingsError) return error.message;
  const { name, message } = error as Failure;
  const causes = causesOf(error as Failure);
  const { kafka, database } = settings();
  const brokers = kafka.brokers.join(', ');
  const refusal = causes.find((cause) => cause.name === 'KafkaJSSASLAuthenticationError');
  if (refusal) return `Kafka at ${brokers} refuses the log-in: ${refusal.message}. ${LOG_IN}`;
  if (causes.some((cause) => KAFKA_OUTAGE.test(cause.name)))
    return cannotUse(
      'Kafka',
      brokers,
      'KAFKA_BROKERS',
      causes,
      causes.some(isClosedConnection) && !kafka.sasl ? `It may want a log-in. ${LOG_IN}` : undefined,
    );
  // Kafka has answered, and the message says what to do, such as to deploy a missing topic.
  if (error instanceof LogUnavailableError) return message;
  if (causes.some((cause) => cause.message === FAILED_FETCH || cause.name === 'TimeoutError'))
    return cannotUse('the schema registry', withoutUser(kafka.registry.url), 'SCHEMA_REGISTRY_URL', causes);
  if (!causes.some((cause) => cause.name.startsWith('KafkaJS')) && isDatabaseOutage(error)) {
    const { host, pathname } = new URL(database.url);
    return cannotUse('Postgres', `${host}${pathname}`, 'DATABASE_URL', causes);
  }
  return name === 'Error' ? message : `${name}: ${message}`;
}

function withoutUser(url: string): string {
  const { protocol, host, pathname } = new URL(url);
  return `${protocol}//${host}${pathname}`.replace(/\/$/, '');
}

const KAFKA_OUTAGE = /^KafkaJS(?:Connection|RequestTimeout|NumberOfRetries|BrokerNotFound)/;
/** The message of `fetch`, whatever the reason. */
const FAILED_FETCH = 'fetch failed';

/** A broker that encrypts, or asks who calls, hangs up on others without a word. */
const isClosedConnection = ({ name, message }: Failure): boolean =>
  name === 'KafkaJSConnectionClosedError' ||
  /closed connection|socket hang up|ECONNRESET|disconnected/i.test(message);

const LOG_IN =
  'Set KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD, and KAFKA_TLS_… where it encrypts; of "npm start -- --secure", each principal\'s are in .orderstream/secure/log-in/*.env.';

function cannotUse(
  server: string,
  address: string,
  setting: string,
  causes: readonly Failure[],
  advice = `Start the system with "npm start", or set ${setting}.`,
): string {
  // The innermost cause is the most precise. Prisma puts its own words in front of the last line.
  const innermost = causes.at(-1);
  const { message = '' } = innermost?.errors?.[0] ?? innermost ?? {};
  const reason = /([^\n]+?)\.?\s*$/.exec(message)?.[1] ?? 'it does not answer';
  return `Cannot use ${server} at ${address}: ${reason}. ${advice}`;
}

function causesOf(error: Failure): Failure[] {
  const causes = [];
  for (let each: Failure | undefined = error; typeof each?.message === 'string'; each = each.cause)
    causes.push(each);
  return causes;
}
