import { EVENT_TOPICS } from '#libs/contracts';
import type { Settings } from '#libs/platform';
import { type Finding, KafkaProtocol, LogEnvironment, type LogMemory, RegistryClient } from '#libs/kafka';
import { withLogMemory } from '../resources.js';
import { reasonOf } from './missing-right.js';

const ABOUT = 'what was written down';

/**
 * Compares the log's topics and the schema registry with what was recorded when they were deployed, and checks that the log is
 * not older than the database.
 */
export const judgeEnvironment = (settings: Settings): Promise<Finding[]> =>
  withLogMemory(settings, (memory) => judgeWith(settings, memory));

async function judgeWith({ kafka }: Settings, memory: LogMemory): Promise<Finding[]> {
  const protocol = new KafkaProtocol(kafka);
  const environment = new LogEnvironment(protocol, new RegistryClient(kafka.registry));
  environment.remember(memory);
  try {
    await environment.check();
    const { manifest, differences } = environment;
    if (!EVENT_TOPICS.every((topic) => manifest?.topics.has(topic)))
      return [warning('not there yet', 'no app can start', 'run "orderstream deploy"')];
    if (differences.length > 0) return [...differences];
    const follows = 'topics, partitions, beginnings and schema ids are those of the deployment';
    return [{ level: 'ok', about: ABOUT, is: 'as things are', follows }];
  } catch (error) {
    const right = 'READ on topic orderstream-manifest and on the event topics';
    const remedy = 'check SCHEMA_REGISTRY_URL, grant the rights that are missing, and run the doctor again';
    const is = `cannot be compared: ${reasonOf(error, { topic: right })}`;
    return [warning(is, 'whether anything has changed is unknown', remedy)];
  } finally {
    await protocol.disconnect().catch(() => undefined);
  }
}

const warning = (is: string, follows: string, remedy: string): Finding => ({
  level: 'warn',
  about: ABOUT,
  is,
  follows,
  remedy,
});
