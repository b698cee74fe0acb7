import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The broker's own name, on its certificate: it may do everything. */
export const BROKER_NAME = 'kafka';
const DAYS = 825;
const ADDRESSES = ['127.0.0.1', 'localhost'];
const LOGIN_MODULES = 'org.apache.kafka.common.security';
const SCRAM = ['SCRAM-SHA-256', 'SCRAM-SHA-512'];

/**
 * How clients log in at a broker, over TLS alone. Brokers and controllers know each other by their certificates.
 * @typedef {object} KafkaSecurity
 * @property {import('./certificates.mjs').Authority} authority certifies the broker; clients must trust it
 * @property {Readonly<Record<string, string>>} [passwords] of users, for PLAIN and SCRAM, from the first start on; a user has
 * no rights of its own. Without it there is only SCRAM, for users that get their passwords later
 * @property {readonly string[]} [superUsers] of them, who may do everything
 * @property {string} [certificateFile] PEM with the key and certificate that clients see; default: as other brokers
 * @property {{ jwksUrl: string, audience: string, issuer: string }} [oauth] whose access tokens OAUTHBEARER accepts
 */

/** @typedef {ReturnType<typeof certificatePaths>} CertificatePaths */

/** @param {string} directory of the broker */
export const certificatePaths = (directory) => ({
  authority: join(directory, 'ca.pem'),
  /** The broker's certificate and key, as it wants them in one file. */
  broker: join(directory, 'kafka.pem'),
});

/**
 * Makes the broker's certificate, and writes what it reads.
 * @param {string} directory
 * @param {KafkaSecurity} security
 */
export async function writeCertificates(directory, { authority }) {
  const { cert, key } = await authority.certify({ name: BROKER_NAME, hosts: ADDRESSES, days: DAYS });
  const paths = certificatePaths(directory);
  writeFileSync(paths.authority, `${authority.pem}\n`);
  writeFileSync(paths.broker, `${key}\n${cert}\n`, { mode: 0o600 });
}

/**
 * @param {string} directory
 * @param {KafkaSecurity} security
 * @returns {Record<string, string>} lines of server.properties
 */
export function securityProperties(directory, { passwords, superUsers = [], certificateFile, oauth }) {
  const paths = certificatePaths(directory);
  const clients = 'listener.name.clients';
  return {
    'listener.security.protocol.map': 'CLIENTS:SASL_SSL,BROKERS:SSL,CONTROLLER:SSL',
    'inter.broker.listener.name': 'BROKERS',
    'ssl.keystore.type': 'PEM',
    'ssl.keystore.location': paths.broker,
    ...(certificateFile && { [`${clients}.ssl.keystore.location`]: certificateFile }),
    'ssl.truststore.type': 'PEM',
    'ssl.truststore.location': paths.authority,
    'listener.name.brokers.ssl.client.auth': 'required',
    'listener.name.controller.ssl.client.auth': 'required',
    'sasl.enabled.mechanisms': [
      ...(passwords ? ['PLAIN'] : []),
      ...SCRAM,
      ...(oauth ? ['OAUTHBEARER'] : []),
    ].join(),
    ...(passwords && {
      [`${clients}.plain.sasl.jaas.config`]: loginModule(
        'plain.PlainLoginModule',
        Object.entries(passwords).map(([user, password]) => [`user_${user}`, password]),
      ),
    }),
    ...Object.fromEntries(
      SCRAM.map((name) => [
        `${clients}.${name.toLowerCase()}.sasl.jaas.config`,
        loginModule('scram.ScramLoginModule'),
      ]),
    ),
    ...(oauth && {
      [`${clients}.oauthbearer.sasl.jaas.config`]: loginModule('oauthbearer.OAuthBearerLoginModule'),
      [`${clients}.oauthbearer.sasl.server.callback.handler.class`]: `${LOGIN_MODULES}.oauthbearer.OAuthBearerValidatorCallbackHandler`,
      'sasl.oauthbearer.jwks.endpoint.url': oauth.jwksUrl,
      'sasl.oauthbearer.expected.audience': oauth.audience,
      'sasl.oauthbearer.expected.issuer': oauth.issuer,
    }),
    'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
    'super.users': [`CN=${BROKER_NAME}`, ...superUsers].map((name) => `User:${name}`).join(';'),
  };
}

/**
 * @param {string} name
 * @param {readonly (readonly [string, string])[]} [options]
 */
const loginModule = (name, options = []) =>
  `${LOGIN_MODULES}.${name} required ${options.map(([option, value]) => `${option}="${value}"`).join(' ')};`;

/**
 * Arguments that give users their SCRAM passwords when the storage is formatted.
 * @param {KafkaSecurity} security
 */
export const scramArguments = ({ passwords = {} }) =>
  Object.entries(passwords).flatMap(([name, password]) =>
    SCRAM.flatMap((mechanism) => ['--add-scram', `${mechanism}=[name=${name},password=${password}]`]),
  );

/**
 * Java options that a broker needs for it.
 * @param {KafkaSecurity | undefined} security
 */
export const securityOptions = (security) =>
  security?.oauth ? [`-Dorg.apache.kafka.sasl.oauthbearer.allowed.urls=${security.oauth.jwksUrl}`] : [];
