/** @own-servers */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describeEventLog } from '#libs/event-store/testing';
import { makeKafka } from '#libs/kafka';
import { newId } from '#libs/kernel';
import { someOrderEvent } from '#libs/orders/testing';
import { makeTestDirectory, openLog, type TestLog, testSettings } from '#libs/testing';
import { type EmbeddedKafka, startKafka } from '../../tools/launcher/embedded.mjs';
import { Authority } from '../../tools/launcher/secure/certificates.mjs';
import { OidcIssuer } from '../systems/oidc-issuer.js';

const DAYS = 30;
const SESSION_MS = 13_000;
const PASSWORDS = { operator: 'right=and;odd', stranger: 'other' };

const issuer = await OidcIssuer.open({ operator: 'any' });
const directory = await makeTestDirectory('secure-kafka');
const caFile = join(directory, 'trusted.pem');
const strangersFile = join(directory, 'strangers.pem');
const security = {
  authority: await Authority.make({ name: 'ours', days: DAYS }),
  passwords: PASSWORDS,
  superUsers: ['operator'],
  oauth: { jwksUrl: `${issuer.url}/jwks`, audience: issuer.audience, issuer: issuer.url },
};
const trust = (authority: Authority) => writeFileSync(caFile, authority.pem);
trust(security.authority);
writeFileSync(strangersFile, (await Authority.make({ name: 'a stranger', days: DAYS })).pem);

const kafka: EmbeddedKafka = await startKafka({
  directory: join(directory, 'kafka'),
  security,
  // So that a session ends while a test looks.
  settings: { 'connections.max.reauth.ms': SESSION_MS },
});
const opened: TestLog[] = [];
afterAll(async () => {
  await Promise.all(opened.map((log) => log.close()));
  await kafka.stop();
  await issuer.stop();
});

const ENCRYPTED = { KAFKA_BROKERS: kafka.brokers, KAFKA_TLS_ENABLED: 'true', KAFKA_TLS_CA_FILE: caFile };
const withPassword = (mechanism: string, password = PASSWORDS.operator, username = 'operator') => ({
  ...ENCRYPTED,
  KAFKA_SASL_MECHANISM: mechanism,
  KAFKA_SASL_USERNAME: username,
  KAFKA_SASL_PASSWORD: password,
});
const WITH_TOKEN = {
  ...ENCRYPTED,
  KAFKA_SASL_MECHANISM: 'oauthbearer',
  KAFKA_SASL_OAUTH_TOKEN_URL: `${issuer.url}/token`,
  KAFKA_SASL_OAUTH_CLIENT_ID: 'operator',
  KAFKA_SASL_OAUTH_CLIENT_SECRET: 'secret',
  KAFKA_SASL_OAUTH_AUDIENCE: issuer.audience,
};
const SCRAM = withPassword('scram-sha-512');

async function open(settings: Record<string, string>, partitions = 1): Promise<TestLog> {
  const log = await openLog(partitions, testSettings(settings));
  opened.push(log);
  return log;
}

describeEventLog('Kafka with encryption and a log-in', async () => {
  const { log, codec, topic } = await open(SCRAM, 3);
  return {
    log,
    topic,
    encode: (event) => codec.encode(event),
    makeEvent: (id, version) => someOrderEvent(id, version),
  };
});

describe('a broker that wants encryption and a log-in', () => {
  it.each([
    ['PLAIN', withPassword('plain')],
    ['SCRAM-SHA-256', withPassword('scram-sha-256')],
    ['an access token', WITH_TOKEN],
  ])('takes %s, in appends and in reads', async (_, settings) => {
    const { log, codec, topic } = await open(settings);
    const appender = log.appender(topic, 0);
    const { end } = await appender.claim();
    await appender.append([codec.encode(someOrderEvent(newId(), 1))]);
    const { events } = await log.fetch({ topic, partition: 0, offset: end }, 1_000_000);
    expect(events).toHaveLength(1);
    await appender.close();
  });

  it.each([
    ['a client without encryption', { KAFKA_BROKERS: kafka.brokers }, /./],
    ['a client without a log-in', ENCRYPTED, /./],
    ['a wrong password', withPassword('scram-sha-512', 'wrong'), /SASL SCRAM/i],
    ['a wrong password in plain', withPassword('plain', 'wrong'), /SASL PLAIN/i],
    ['a user that is not there', withPassword('scram-sha-512', 'wrong', 'nobody'), /SASL SCRAM/i],
    ['a wrong secret of the client of a token', { ...WITH_TOKEN, KAFKA_SASL_OAUTH_CLIENT_SECRET: 'no' }, /./],
    [
      'a user without rights',
      withPassword('scram-sha-512', PASSWORDS.stranger, 'stranger'),
      /not authorized/i,
    ],
  ])('refuses %s', async (_, settings, reason) => {
    await expect(open(settings)).rejects.toThrow(reason);
  });

  it('is refused itself by a client that does not trust its certificate', async () => {
    const admin = makeKafka(testSettings({ ...SCRAM, KAFKA_TLS_CA_FILE: strangersFile })).admin();
    await expect(admin.connect()).rejects.toThrow(/certificate/i);
  });

  it('is refused itself by a client that knows it by a name that is not on its certificate', async () => {
    const KAFKA_BROKERS = kafka.brokers.replace('127.0.0.1', '127.0.0.2');
    const admin = makeKafka(testSettings({ ...SCRAM, KAFKA_BROKERS })).admin();
    await expect(admin.connect()).rejects.toThrow();
  });

  it('gets a new log-in of each connection in time, while appends and reads go on', async () => {
    const { log, codec, topic } = await open(SCRAM, 4);
    const until = Date.now() + 2.5 * SESSION_MS;
    let appended = 0;
    const load = async (partition: number) => {
      const appender = log.appender(topic, partition);
      let { end } = await appender.claim();
      while (Date.now() < until) {
        const more = 1 + (appended % 7);
        const events = Array.from({ length: more }, () => codec.encode(someOrderEvent(newId(), 1)));
        await appender.append(events);
        appended += more;
        const batch = await log.fetch({ topic, partition, offset: end }, 1_000_000);
        expect(batch.events).toHaveLength(more);
        end = batch.next;
      }
      await appender.close();
    };
    await Promise.all([0, 1, 2, 3].map(load));
    expect(appended).toBeGreaterThan(100);
  });

  it('may renew its certificate by another authority, without a restart of its clients', async () => {
    const { log, codec, topic } = await open(SCRAM);
    const appender = log.appender(topic, 0);
    await appender.claim();
    await appender.append([codec.encode(someOrderEvent(newId(), 1))]);
    security.authority = await Authority.make({ name: 'ours, renewed', days: DAYS });
    await kafka.restart();
    await expect(log.endOffsets([topic])).rejects.toThrow();
    trust(security.authority);
    const endsAgain = async () => {
      for (;;) {
        const ends = await log.endOffsets([topic]).catch(() => undefined);
        if (ends) return ends;
        await sleep(100);
      }
    };
    const [{ offset } = { offset: 0 }] = await endsAgain();
    const { events } = await log.fetch({ topic, partition: 0, offset: 0 }, 1_000_000);
    expect([offset, events]).toEqual([expect.any(Number), [expect.anything()]]);
  });
});
