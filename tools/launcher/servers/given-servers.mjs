import { LaunchFailure } from '../failure.mjs';
import { answersKafka } from './kafka-answers.mjs';
import { rowsOf } from './postgres.mjs';
import { answersRegistry } from './registry.mjs';

/** Checks of servers that the user runs. Each failure names the setting concerned. */

/** @param {string} brokers as in KAFKA_BROKERS: host:port, several with commas */
export async function checkBrokers(brokers) {
  const answers = await Promise.all(brokers.split(',').map((broker) => answersBroker(broker.trim())));
  if (answers.includes(true)) return { brokers };
  throw new LaunchFailure(`KAFKA_BROKERS: no Kafka broker answers at ${brokers}.`);
}

/** @param {string} broker */
function answersBroker(broker) {
  const { hostname, port } = new URL(`kafka://${broker}`);
  return answersKafka(hostname.replace(/^\[|\]$/g, ''), Number(port || 9092));
}

/** @param {string} url */
export async function checkRegistry(url) {
  if (await answersRegistry(url).catch(() => false)) return { url };
  const hint = "It is the root of Confluent's API: on Apicurio it ends in /apis/ccompat/v7.";
  throw new LaunchFailure(
    `SCHEMA_REGISTRY_URL: no schema registry answers at ${withoutPassword(url)}. ${hint}`,
  );
}

/** @param {string} url */
export async function checkDatabase(url) {
  try {
    await rowsOf(url, 'SELECT 1');
    return { url };
  } catch (error) {
    const reason = error instanceof Error ? error.message || Object(error).code : error;
    throw new LaunchFailure(`DATABASE_URL: no Postgres answers at ${withoutPassword(url)} (${reason}).`);
  }
}

/** @param {string} url */
function withoutPassword(url) {
  const shown = new URL(url);
  if (shown.password) shown.password = '…';
  return decodeURI(shown.href);
}
