/** @param {import('./security.mjs').Security} security @returns settings of every app */
export const trustSettings = ({ certificates }) => ({
  KAFKA_TLS_ENABLED: 'true',
  KAFKA_TLS_CA_FILE: certificates.caFile,
  SCHEMA_REGISTRY_TLS_CA_FILE: certificates.caFile,
});

/**
 * @param {import('./security.mjs').Security} security
 * @param {import('./rights.mjs').Principal} principal
 * @returns settings of whoever is this principal
 */
export const logInSettings = ({ passwords }, principal) => ({
  KAFKA_SASL_MECHANISM: 'scram-sha-512',
  KAFKA_SASL_USERNAME: principal,
  KAFKA_SASL_PASSWORD: passwords[principal],
});
