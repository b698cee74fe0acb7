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
  if (causes.some((cause) => KAFKA_OUTAGE.test(cause.name)))
    return cannotUse('Kafka', kafka.brokers.join(', '), 'KAFKA_BROKERS', causes);
  // Kafka has answered, and the message says what to do, such as to deploy a missing topic.
  if (error instanceof LogUnavailableError) return message;
  if (causes.some((cause) => cause.message === FAILED_FETCH || cause.name === 'TimeoutError'))
    return cannotUse('the schema registry', withoutUser(kafka.registry.url), 'SCHEMA_REGISTRY_URL', causes);
  if (isDatabaseOutage(error)) {
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

function cannotUse(server: string, address: string, setting: string, causes: readonly Failure[]): string {
  // The innermost cause is the most precise. Prisma puts its own words in front of the last line.
  const innermost = causes.at(-1);
  const { message = '' } = innermost?.errors?.[0] ?? innermost ?? {};
  const reason = /([^\n]+?)\.?\s*$/.exec(message)?.[1] ?? 'it does not answer';
  return `Cannot use ${server} at ${address}: ${reason}. Start the system with "npm start", or set ${setting}.`;
}

function causesOf(error: Failure): Failure[] {
  const causes = [];
  for (let each: Failure | undefined = error; typeof each?.message === 'string'; each = each.cause)
    causes.push(each);
  return causes;
}
