import { LogUnavailableError } from '#libs/event-store';
import { messageOf } from '#libs/kernel';
import { isDatabaseOutage } from '#libs/persistence';
import { type Settings, SettingsError } from '#libs/platform';

/** Why a command failed, in a sentence for the person at the terminal. */
export function failureText(error: unknown, settings: () => Settings): string {
  if (error instanceof SettingsError) return error.message;
  const chain = causesOf(error);
  const { kafka, database } = settings();
  // A missing topic is such an error as well, but then Kafka has answered, and the message says what to do.
  if (chain.some((each) => KAFKA_OUTAGE.test(nameOf(each))))
    return cannotUse('Kafka', kafka.brokers.join(', '), 'KAFKA_BROKERS', chain);
  if (chain.some((each) => each instanceof LogUnavailableError)) return messageOf(error);
  if (chain.some((each) => messageOf(each) === FAILED_FETCH || nameOf(each) === 'TimeoutError'))
    return cannotUse('the schema registry', kafka.schemaRegistryUrl, 'SCHEMA_REGISTRY_URL', chain);
  if (isDatabaseOutage(error)) {
    const { host, pathname } = new URL(database.url);
    return cannotUse('Postgres', `${host}${pathname}`, 'DATABASE_URL', chain);
  }
  return nameOf(error) === 'Error' ? messageOf(error) : `${nameOf(error)}: ${messageOf(error)}`;
}

const KAFKA_OUTAGE = /^KafkaJS(?:Connection|RequestTimeout|NumberOfRetries|BrokerNotFound)/;
/** The message of `fetch`, whatever the reason. */
const FAILED_FETCH = 'fetch failed';

const nameOf = (error: unknown): string => (error instanceof Error ? error.name : '');

function cannotUse(server: string, address: string, setting: string, chain: readonly unknown[]): string {
  // The innermost cause is the most precise; drivers put their own words in front of its last line.
  const reason = lastLineOf(chain.at(-1)) || 'it does not answer';
  return `Cannot use ${server} at ${address}: ${reason}. Start the system with "npm start", or set ${setting}.`;
}

function lastLineOf(error: unknown): string {
  const { errors } = error as { readonly errors?: readonly unknown[] };
  const message = messageOf(errors?.[0] ?? error);
  return message.trim().split('\n').at(-1)?.replace(/\.$/, '') ?? '';
}

function causesOf(error: unknown): unknown[] {
  const causes = [];
  for (let each = error; each instanceof Error; each = each.cause) causes.push(each);
  return causes;
}
