import { readFileSync } from 'node:fs';
import { PROGRAMS } from '../places.mjs';
import { certificatePaths } from './kafka-security.mjs';
import { grantsOf } from './rights.mjs';

/** @typedef {{ directory: string, brokers: number, passwords: Readonly<Record<string, string>>, prefix: string }} AccessPlan */

const ANSWER_MS = 10_000;

/**
 * Gives every principal its password and exactly its rights. Other principals are left alone. Needs the build.
 * @param {AccessPlan} plan `directory` and `brokers`, the port for other brokers, are those of the broker
 */
export async function provideAccess({ directory, brokers, passwords, prefix }) {
  /** @type {typeof import('../../../libs/kafka/access/kafka-access.js')} */
  const access = await import(PROGRAMS.kafkaAccess);
  const { authority, broker } = certificatePaths(directory);
  // The broker itself may do everything.
  const connection = {
    brokers: [`127.0.0.1:${brokers}`],
    clientId: 'npm-start',
    requestTimeoutMs: ANSWER_MS,
    tls: { caFile: authority, certFile: broker, keyFile: broker },
  };
  await access.provideAccess(connection, { passwords, grants: grantsOf(prefix) });
}

/**
 * Makes the broker read the certificate anew that it shows to clients, as it does when the setting changes that names it. It
 * is set and unset, so that nothing is kept that a later start may know better.
 * @param {{ directory: string, brokers: number, id: number }} broker
 * @param {string} certificate
 */
export async function reloadCertificate({ id, ...broker }, certificate) {
  const setting = { name: 'listener.name.clients.ssl.keystore.location', value: certificate };
  await asBroker(broker, async (admin, { ConfigResourceTypes }) => {
    for (const configEntries of [[setting], []]) {
      const resources = [{ type: ConfigResourceTypes.BROKER, name: String(id), configEntries }];
      await admin.alterConfigs({ validateOnly: false, resources });
    }
  });
}

/** @param {string} directory of the broker */
function certificatesOf(directory) {
  const { authority, broker } = certificatePaths(directory);
  const own = readFileSync(broker, 'utf8');
  return { ca: readFileSync(authority, 'utf8'), cert: own, key: own };
}

/** @typedef {typeof import('kafkajs')} KafkaJs */

/**
 * Works with the rights of the broker itself, which may do everything.
 * @template Result
 * @param {{ directory: string, brokers: number }} broker
 * @param {(admin: import('kafkajs').Admin, kafkajs: KafkaJs) => Promise<Result>} work
 */
async function asBroker({ directory, brokers }, work) {
  const { default: kafkajs } = await import('kafkajs');
  const kafka = new kafkajs.Kafka({
    brokers: [`127.0.0.1:${brokers}`],
    ssl: certificatesOf(directory),
    logLevel: kafkajs.logLevel.NOTHING,
  });
  const admin = kafka.admin();
  try {
    await admin.connect();
    return await work(admin, kafkajs);
  } finally {
    await admin.disconnect();
  }
}
