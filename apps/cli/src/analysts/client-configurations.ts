/** The addresses and the log-in that an analyst's clients need. */
export interface AnalystConnections {
  readonly name: string;
  /** With the topics. */
  readonly kafka?: {
    readonly brokers: readonly string[];
    readonly username: string;
    readonly password: string;
    readonly groupPrefix: string;
    readonly caFile: string | undefined;
  };
  readonly registry: { readonly url: string; readonly caFile: string | undefined };
  /** With the database: an address with the password. */
  readonly databaseUrl?: string;
}

/** One client's configuration, and the file that it is for. */
export interface ClientConfiguration {
  readonly client: string;
  readonly file: string;
  readonly text: string;
}

type Values = Readonly<Record<string, string | boolean | undefined>>;

const SECRET = 'Whoever has this file may read the events: keep it to yourself.';
/** Apicurio's own API, beside Confluent's. */
const CONFLUENT_API = /\/apis\/ccompat\/v\d+\/?$/;

/** A configuration for each kind of client that is there for what the analyst may read. */
export function clientConfigurations(connections: AnalystConnections): ClientConfiguration[] {
  const { kafka, databaseUrl } = connections;
  return [
    { client: 'Python', file: 'orderstream_client.py', text: python(connections) },
    ...(kafka
      ? [
          { client: 'Java', file: 'client.properties', text: properties(java(connections)) },
          { client: 'kcat', file: 'kcat.conf', text: properties(librdkafka(kafka, 'kcat')) },
        ]
      : []),
    ...(databaseUrl ? [{ client: 'psql', file: 'database.url', text: `${databaseUrl}\n` }] : []),
  ];
}

/** An address that gives away no user of its own. */
export function withoutUserInfo(url: string): string {
  const shown = new URL(url);
  shown.username = '';
  shown.password = '';
  return shown.href;
}

function librdkafka(kafka: NonNullable<AnalystConnections['kafka']>, client: string): Values {
  const { brokers, username, password, groupPrefix, caFile } = kafka;
  return {
    'bootstrap.servers': brokers.join(),
    'security.protocol': 'SASL_SSL',
    'sasl.mechanism': 'SCRAM-SHA-512',
    'sasl.username': username,
    'sasl.password': password,
    'ssl.ca.location': caFile,
    'group.id': `${groupPrefix}${client}`,
    'auto.offset.reset': 'earliest',
    'enable.auto.commit': false,
    'isolation.level': 'read_committed',
  };
}

function java({ kafka, registry }: AnalystConnections): Values {
  if (!kafka) return {};
  const { brokers, username, password, groupPrefix, caFile } = kafka;
  const login = 'org.apache.kafka.common.security.scram.ScramLoginModule';
  return {
    'bootstrap.servers': brokers.join(),
    'security.protocol': 'SASL_SSL',
    'sasl.mechanism': 'SCRAM-SHA-512',
    'sasl.jaas.config': `${login} required username="${username}" password="${password}";`,
    ...(caFile && { 'ssl.truststore.type': 'PEM', 'ssl.truststore.location': caFile }),
    'group.id': `${groupPrefix}java`,
    'auto.offset.reset': 'earliest',
    'enable.auto.commit': false,
    'isolation.level': 'read_committed',
    // Confluent's deserializer reads the first, Apicurio's the second.
    'schema.registry.url': registry.url,
    'apicurio.registry.url': registry.url.replace(CONFLUENT_API, '/apis/registry/v3'),
    ...(registry.caFile && {
      'schema.registry.ssl.truststore.type': 'PEM',
      'schema.registry.ssl.truststore.location': registry.caFile,
      'apicurio.registry.tls.truststore.type': 'PEM',
      'apicurio.registry.tls.truststore.location': registry.caFile,
    }),
  };
}

function properties(values: Values): string {
  const lines = present(values).map(([name, value]) => `${name}=${value}\n`);
  return [`# ${SECRET}\n`, ...lines].join('');
}

function python({ kafka, registry, databaseUrl }: AnalystConnections): string {
  const parts = [
    `# ${SECRET}`,
    ...(kafka ? [dictionary('KAFKA', librdkafka(kafka, 'python'))] : []),
    ...(kafka
      ? [dictionary('SCHEMA_REGISTRY', { url: registry.url, 'ssl.ca.location': registry.caFile })]
      : []),
    ...(databaseUrl ? [`POSTGRES = ${JSON.stringify(databaseUrl)}`] : []),
  ];
  return `${parts.join('\n')}\n`;
}

function dictionary(name: string, values: Values): string {
  const lines = present(values).map(([key, value]) => `    ${JSON.stringify(key)}: ${literal(value)},\n`);
  return `${name} = {\n${lines.join('')}}`;
}

const present = (values: Values) =>
  Object.entries(values).flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]));

/** JSON's texts are Python's too. */
function literal(value: string | boolean): string {
  if (typeof value === 'string') return JSON.stringify(value);
  return value ? 'True' : 'False';
}
