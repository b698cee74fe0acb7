import { loadSettings } from './settings.js';

const USER = { KAFKA_SASL_USERNAME: 'orders', KAFKA_SASL_PASSWORD: 'hunter2' };
const TOKEN = {
  KAFKA_SASL_MECHANISM: 'oauthbearer',
  KAFKA_SASL_OAUTH_TOKEN_URL: 'https://issuer.example/token',
  KAFKA_SASL_OAUTH_CLIENT_ID: 'orders',
  KAFKA_SASL_OAUTH_CLIENT_SECRET: 'hunter2',
};
const AWAY = { KAFKA_BROKERS: 'kafka.example:9092' };
const ENCRYPTED = { KAFKA_TLS_ENABLED: 'true' };

describe('settings of Kafka', () => {
  it('have neither encryption nor a log-in by default', () => {
    expect(loadSettings({}).kafka).toMatchObject({ tls: undefined, sasl: undefined });
  });

  it('say how to log in', () => {
    const { kafka } = loadSettings({ ...ENCRYPTED, ...USER, KAFKA_SASL_MECHANISM: 'scram-sha-512' });
    expect(kafka.sasl).toEqual({ mechanism: 'scram-sha-512', username: 'orders', password: 'hunter2' });
    expect(loadSettings({ ...ENCRYPTED, ...TOKEN }).kafka.sasl).toEqual({
      mechanism: 'oauthbearer',
      tokenUrl: 'https://issuer.example/token',
      clientId: 'orders',
      clientSecret: 'hunter2',
      scope: undefined,
      audience: undefined,
    });
  });

  it.each<[string, Record<string, string>, string]>([
    ['a mechanism without its user', { KAFKA_SASL_MECHANISM: 'plain' }, 'KAFKA_SASL_USERNAME: is required'],
    ['a user without a mechanism', USER, 'KAFKA_SASL_PASSWORD: is not for connections without'],
    [
      'a password for a mechanism that takes tokens',
      { ...ENCRYPTED, ...TOKEN, ...USER },
      'KAFKA_SASL_PASSWORD: is not for KAFKA_SASL_MECHANISM=oauthbearer',
    ],
    ['a certificate without its key', { KAFKA_TLS_CERT_FILE: 'a' }, 'KAFKA_TLS_KEY_FILE: is required'],
    ['a key without its certificate', { KAFKA_TLS_KEY_FILE: 'a' }, 'KAFKA_TLS_CERT_FILE: is required'],
    ['authorities without encryption', { KAFKA_TLS_CA_FILE: 'a' }, 'KAFKA_TLS_ENABLED: must be true'],
    [
      'a password that is readable on its way',
      { ...AWAY, ...USER, KAFKA_SASL_MECHANISM: 'plain' },
      'KAFKA_TLS_ENABLED: must be true for KAFKA_SASL_MECHANISM=plain',
    ],
    ['a token that is readable on its way', { ...AWAY, ...TOKEN }, 'KAFKA_TLS_ENABLED: must be true'],
    [
      'a secret that is readable on its way',
      { ...ENCRYPTED, ...TOKEN, KAFKA_SASL_OAUTH_TOKEN_URL: 'http://issuer.example/token' },
      'KAFKA_SASL_OAUTH_TOKEN_URL: must start with https://',
    ],
  ])('refuse %s', (_, environment, message) => {
    const load = () => loadSettings(environment);
    expect(load).toThrow(`  ${message}`);
    expect(load).not.toThrow('hunter2');
  });

  it('take a password without encryption where it stays on this machine, or is never sent', () => {
    const plain = { ...USER, KAFKA_SASL_MECHANISM: 'plain', KAFKA_BROKERS: '127.0.0.1:9092,localhost:9093' };
    expect(loadSettings(plain).kafka.sasl).toBeDefined();
    expect(
      loadSettings({ ...AWAY, ...USER, KAFKA_SASL_MECHANISM: 'scram-sha-256' }).kafka.sasl,
    ).toBeDefined();
  });
});
