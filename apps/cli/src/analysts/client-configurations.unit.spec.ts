import { type AnalystConnections, clientConfigurations, withoutUserInfo } from './client-configurations.js';

const whole: AnalystConnections = {
  name: 'ada',
  kafka: {
    brokers: ['one:9092', 'two:9092'],
    username: 'analyst-ada',
    password: 'secret',
    groupPrefix: 'analyst-ada.',
    caFile: '/etc/ca.pem',
  },
  registry: { url: 'https://registry/apis/ccompat/v7', caFile: '/etc/ca.pem' },
  databaseUrl: 'postgresql://orderstream_analyst_ada:secret@db/orderstream',
};
const textOf = (connections: AnalystConnections, client: string) =>
  clientConfigurations(connections).find((each) => each.client === client)?.text;

describe("an analyst's configuration", () => {
  it('is there for each client', () => {
    expect(clientConfigurations(whole).map(({ file }) => file)).toEqual([
      'orderstream_client.py',
      'client.properties',
      'kcat.conf',
      'database.url',
    ]);
  });

  it('is Python', () => {
    expect(textOf(whole, 'Python')).toBe(`# Whoever has this file may read the events: keep it to yourself.
KAFKA = {
    "bootstrap.servers": "one:9092,two:9092",
    "security.protocol": "SASL_SSL",
    "sasl.mechanism": "SCRAM-SHA-512",
    "sasl.username": "analyst-ada",
    "sasl.password": "secret",
    "ssl.ca.location": "/etc/ca.pem",
    "group.id": "analyst-ada.python",
    "auto.offset.reset": "earliest",
    "enable.auto.commit": False,
    "isolation.level": "read_committed",
}
SCHEMA_REGISTRY = {
    "url": "https://registry/apis/ccompat/v7",
    "ssl.ca.location": "/etc/ca.pem",
}
POSTGRES = "postgresql://orderstream_analyst_ada:secret@db/orderstream"
`);
  });

  it("names Apicurio's own API, and Confluent's where there is no other", () => {
    expect(textOf(whole, 'Java')).toContain('apicurio.registry.url=https://registry/apis/registry/v3\n');
    const confluent = { ...whole, registry: { url: 'https://registry', caFile: undefined } };
    const text = textOf(confluent, 'Java');
    expect(text).toContain('schema.registry.url=https://registry\n');
    expect(text).not.toContain('registry.tls');
  });

  it('names no authority where everybody trusts it', () => {
    const { kafka } = whole as { kafka: NonNullable<AnalystConnections['kafka']> };
    const trusted = { ...whole, kafka: { ...kafka, caFile: undefined } };
    for (const client of ['Java', 'kcat'])
      expect(textOf(trusted, client)).not.toMatch(/ssl\.(ca|truststore)\.location=undefined/);
    expect(textOf(trusted, 'kcat')).not.toContain('ssl.ca.location');
  });

  it('has only what the analyst has access to', () => {
    const { name, registry, databaseUrl } = whole as Required<AnalystConnections>;
    const files = clientConfigurations({ name, registry, databaseUrl }).map(({ file }) => file);
    expect(files).toEqual(['orderstream_client.py', 'database.url']);
    expect(textOf({ name, registry, databaseUrl }, 'Python')).not.toContain('KAFKA');
  });

  it('has no user of the operator', () => {
    expect(withoutUserInfo('https://operator:secret@registry/apis')).toBe('https://registry/apis');
  });
});
