import {
  type BrokerFacts,
  isUnknown,
  PRODUCER_EXPIRATION,
  type SettingValues,
  TRANSACTIONAL_ID_EXPIRATION,
} from './cluster-facts.js';
import type { Finding } from '#libs/kafka';

const ENOUGH_BROKERS = 3;
/** A claim uses two of the 32,767 epochs of a producer id, and each one stops its partition for some milliseconds. */
const OFTEN_MS = 3_600_000;

export function judgeBrokers(brokers: readonly BrokerFacts[]): Finding[] {
  const settings = brokers.flatMap(({ settings }) => (isUnknown(settings) ? [] : [settings]));
  return [judgeCount(brokers.length), ...judgeExpirations(settings)];
}

function judgeCount(count: number): Finding {
  const about = 'brokers';
  if (count >= ENOUGH_BROKERS) {
    return { level: 'ok', about, is: `there are ${count}`, follows: 'one may be away and all goes on' };
  }
  const is = count === 1 ? 'there is 1' : `there are ${count}`;
  const follows =
    count === 1
      ? 'while it is away nothing is appended or read'
      : 'while one is away, either appends stop or events are on one disk alone';
  return { level: 'warn', about, is, follows, remedy: `run ${ENOUGH_BROKERS} brokers wherever data matters` };
}

function judgeExpirations(settings: readonly SettingValues[]): Finding[] {
  // The brokers may differ; a writer can rely on the shortest time alone.
  const shortest = (name: string): number => Math.min(...settings.map((values) => Number(values[name])));
  const producer = shortest(PRODUCER_EXPIRATION);
  const transactionalId = shortest(TRANSACTIONAL_ID_EXPIRATION);
  const findings: Finding[] = [];
  if (Number.isFinite(producer)) findings.push(judgeProducerExpiration(producer));
  if (Number.isFinite(transactionalId)) findings.push(judgeIdExpiration(transactionalId, producer));
  return findings;
}

function judgeProducerExpiration(ms: number): Finding {
  const renewal = `claims are renewed after ${inWords(ms / 4)}, and nothing is appended on one older than ${inWords(ms / 2)}`;
  const [about, is] = [PRODUCER_EXPIRATION, inWords(ms)];
  if (ms >= OFTEN_MS) return { level: 'ok', about, is, follows: renewal };
  const follows = `${renewal}: each renewal stops its partition for a moment, so frequent renewals cost throughput`;
  const remedy = `set ${about} to ${inWords(OFTEN_MS)} or more on every broker; Kafka's default is 24 hours`;
  return { level: 'warn', about, is, follows, remedy };
}

function judgeIdExpiration(ms: number, producer: number): Finding {
  const [about, is] = [TRANSACTIONAL_ID_EXPIRATION, inWords(ms)];
  if (ms > producer / 4) {
    const follows =
      'a partition that nobody claims for so long gets another producer id, and the former one is shut out by a record ' +
      'that is no event';
    return { level: 'ok', about, is, follows };
  }
  const follows =
    'it passes between two claims, so that each claim leaves a record in the log that is no event';
  const remedy = `set ${about} to more than a quarter of ${PRODUCER_EXPIRATION} on every broker; Kafka's default is 7 days`;
  return { level: 'warn', about, is, follows, remedy };
}

const UNITS: readonly (readonly [milliseconds: number, name: string])[] = [
  [86_400_000, 'day'],
  [3_600_000, 'hour'],
  [60_000, 'minute'],
  [1_000, 'second'],
  [1, 'millisecond'],
];

/** A duration for people: `90000` is "1.5 minutes", a day "24 hours", which halves and quarters read best in. */
export function inWords(ms: number): string {
  const [size, name] = UNITS.find(([size, name]) => ms >= (name === 'day' ? 2 * size : size)) ?? [
    1,
    'millisecond',
  ];
  const count = Math.round((ms / size) * 10) / 10;
  return `${count} ${name}${count === 1 ? '' : 's'}`;
}
