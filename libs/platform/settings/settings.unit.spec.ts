import { describeSettings, loadSettings, processesFor } from './settings.js';

describe('settings', () => {
  it('have a default each, and a description', () => {
    expect(loadSettings({}).http).toMatchObject({ host: '127.0.0.1', port: 8080 });
    for (const { name, description } of describeSettings()) {
      expect(name).toMatch(/^[A-Z_]+$/);
      expect(description).toMatch(/\w+/);
    }
  });

  it('have one process for each core but one, up to four, from three cores on', () => {
    expect([1, 2, 3, 4, 5, 6, 64].map(processesFor)).toEqual([1, 1, 2, 3, 4, 4, 4]);
    expect(loadSettings({ PROCESSES: '7' }).processes).toBe(7);
    expect(() => loadSettings({ PROCESSES: '0' })).toThrow(
      '  PROCESSES: must be a whole number from 1 to 64',
    );
  });

  it('come from the environment, where an empty variable is none', () => {
    const settings = loadSettings({ HTTP_PORT: '9000', KAFKA_BROKERS: 'a:1, b:2', LOG_LEVEL: '' });
    expect(settings.http.port).toBe(9000);
    expect(settings.kafka.brokers).toEqual(['a:1', 'b:2']);
    expect(settings.logLevel).toBe('info');
  });

  it.each([
    ['HTTP_PORT', '65536'],
    ['HTTP_PORT', '80a'],
    ['HTTP_TRUSTED_PROXIES', 'all'],
    ['HTTP_TRUSTED_PROXIES', 'true'],
    ['HTTP_TRUSTED_PROXIES', '*'],
    ['HTTP_TRUSTED_PROXIES', '0.0.0.0/0'],
    ['HTTP_TRUSTED_PROXIES', '::/0'],
    ['HTTP_TRUSTED_PROXIES', '10.0.0.1, 0.0.0.0/1'],
    ['HTTP_TRUSTED_PROXIES', '2000::/3'],
    ['HTTP_TRUSTED_PROXIES', '10.0.0.0/33'],
    ['HTTP_TRUSTED_PROXIES', '10.0.0.0/'],
    ['HTTP_TRUSTED_PROXIES', '10.1'],
    ['HTTP_TRUSTED_PROXIES', 'proxy.internal'],
    ['KAFKA_BROKERS', 'kafka'],
    ['SCHEMA_REGISTRY_URL', 'ftp://registry'],
    ['DATABASE_URL', 'mysql://user:hunter2@host/db'],
    ['WEBHOOK_ALLOW_PRIVATE_TARGETS', 'yes'],
    ['WEBHOOK_ALLOWED_TARGETS', '10.0.0.0/40'],
    ['WEBHOOK_ALLOWED_TARGETS', 'https://hooks.example.com'],
    ['WEBHOOK_ALLOWED_PORTS', '443,70000'],
    ['WEBHOOK_ALLOWED_PORTS', '9000-8000'],
    ['WEBHOOK_ENCRYPTION_KEY', 'hunter2'],
    ['FULFILMENT_UNTRACKED_SKUS', 'maybe'],
    ['FULFILMENT_FRAUD_RULES', '[hunter2'],
    ['FULFILMENT_FRAUD_RULES', '{}'],
    ['PAYMENT_GATEWAY', 'cash'],
    ['PAYMENT_GATEWAY_URL', 'ftp://hunter2@gateway'],
    ['STRIPE_API_KEY', 'hunter2'],
    ['STRIPE_API_KEY', 'pk_test_hunter2'],
    ['STRIPE_WEBHOOK_SECRET', 'hunter2'],
    ['SMTP_URL', 'https://hunter2@mail.example.com'],
    ['MAIL_FROM', 'Shop <hunter2>'],
    ['MAIL_FROM', 'Shop\r\nBcc: x <hunter2@example.com>'],
    ['MAIL_FROM', 'a@example.com, hunter2@example.com'],
    ['LOG_LEVEL', 'loud'],
  ])('name %s when it is %s, and do not repeat the value', (name, value) => {
    const load = () => loadSettings({ [name]: value });
    expect(load).toThrow(`  ${name}: `);
    expect(load).not.toThrow('hunter2');
  });

  it.each([
    ['Shop <orders@example.com>', 'Shop', 'orders@example.com'],
    ['"Shop, Ltd." <orders@example.com>', 'Shop, Ltd.', 'orders@example.com'],
    ['orders@example.com', '', 'orders@example.com'],
  ])('take the sender of mails as people write it: %s', (text, name, address) => {
    expect(loadSettings({ MAIL_FROM: text }).mail.from).toEqual({ name, address });
  });

  it('trust no proxy, or those that are listed', () => {
    expect(loadSettings({}).http.trustedProxies).toEqual([]);
    const { http } = loadSettings({ HTTP_TRUSTED_PROXIES: '10.0.0.0/8, 192.0.2.1,fd00::/8' });
    expect(http.trustedProxies).toEqual(['10.0.0.0/8', '192.0.2.1', 'fd00::/8']);
  });

  it('name what a process needs and is not given, and say how to get it', () => {
    const load = (key?: string) => loadSettings({ WEBHOOK_ENCRYPTION_KEY: key }, ['WEBHOOK_ENCRYPTION_KEY']);
    expect(() => load()).toThrow(/WEBHOOK_ENCRYPTION_KEY: is required.*openssl rand -base64 32/);
    expect(() => load('')).toThrow(/WEBHOOK_ENCRYPTION_KEY: is required/);
    const keys = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)];
    const { webhooks } = load(keys.map((key) => key.toString('base64')).join(', '));
    expect(webhooks.encryptionKeys).toEqual(keys);
  });

  it('need a key for Stripe where payments go there', () => {
    expect(() => loadSettings({ PAYMENT_GATEWAY: 'stripe' })).toThrow('STRIPE_API_KEY: is required');
    const { payments } = loadSettings({ PAYMENT_GATEWAY: 'stripe', STRIPE_API_KEY: 'sk_test_1' });
    expect(payments).toMatchObject({ gateway: 'stripe', stripe: { apiKey: 'sk_test_1' } });
  });

  it('need an audience for access tokens, and accept none without an issuer', () => {
    const OIDC_ISSUER = 'https://issuer.example/realm';
    expect(() => loadSettings({ OIDC_ISSUER })).toThrow('OIDC_AUDIENCE: is required by OIDC_ISSUER');
    expect(() => loadSettings({ OIDC_ISSUER: 'http://issuer.example', OIDC_AUDIENCE: 'a' })).toThrow(
      'OIDC_ISSUER: must be a URL that starts with https://',
    );
    expect(() => loadSettings({ OIDC_AUDIENCE: 'a' })).toThrow('OIDC_ISSUER: is required by OIDC_AUDIENCE');
    expect(loadSettings({}).auth.oidc).toBeUndefined();
    expect(loadSettings({ OIDC_ISSUER, OIDC_AUDIENCE: 'a' }).auth.oidc).toEqual({
      issuer: OIDC_ISSUER,
      audience: 'a',
      type: 'at+jwt',
      tenantClaim: 'tenant',
    });
  });

  it('name every wrong variable at once', () => {
    expect(() => loadSettings({ HTTP_PORT: 'x', LOG_LEVEL: 'loud' })).toThrow(/HTTP_PORT[^]*LOG_LEVEL/);
  });

  it('gives sizes by MEMORY_MB, unless they are set', () => {
    const sizesOf = (environment: Record<string, string>) => {
      const { http, commands, eventStream } = loadSettings(environment);
      return [http.maxInFlightBytes, commands.maxInFlightBytes, commands.stateBytes, eventStream.memoryBytes];
    };
    const { memory } = loadSettings({ MEMORY_MB: '400' });
    expect(sizesOf({ MEMORY_MB: '400' })).toEqual([
      memory.bodies,
      memory.commands,
      undefined,
      memory.recentEvents,
    ]);
    expect(sizesOf({ MEMORY_MB: '64000' })).toEqual([67_108_864, 128_000_000, undefined, 32_000_000]);
    const given = {
      MEMORY_MB: '400',
      HTTP_MAX_IN_FLIGHT_BYTES: '50000000',
      COMMAND_MAX_IN_FLIGHT_BYTES: '2000000',
      COMMAND_STATE_BYTES: '3000000',
      EVENT_STREAM_MEMORY_BYTES: '4000000',
    };
    expect(sizesOf(given)).toEqual([50_000_000, 2_000_000, 3_000_000, 4_000_000]);
    expect(() => loadSettings({ MEMORY_MB: '319' })).toThrow('MEMORY_MB: must be a whole number from 320');
  });

  it('shares a container among its processes', () => {
    const memoryMbOf = (processes: string) =>
      loadSettings({ PROCESSES: processes }, [], 2_000 * 1_048_576).memory.megabytes;
    expect([memoryMbOf('1'), memoryMbOf('3')]).toEqual([768, 500]);
  });
});
