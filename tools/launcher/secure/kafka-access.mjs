import { readFileSync } from 'node:fs';
import { certificatePaths } from './kafka-security.mjs';
import { grantsOf } from './rights.mjs';
import { setPasswords } from './scram-users.mjs';

/** @typedef {{ directory: string, brokers: number, passwords: Readonly<Record<string, string>>, prefix: string }} AccessPlan */

/**
 * Gives every principal its password and exactly its rights: what it has beyond them is taken away. Other principals are left
 * alone.
 * @param {AccessPlan} plan `directory` and `brokers`, the port for other brokers, are those of the broker
 */
export async function provideAccess({ directory, brokers, passwords, prefix }) {
  await setPasswords({ port: brokers, certificates: certificatesOf(directory) }, passwords);
  await asBroker({ directory, brokers }, async (admin, kafkajs) => {
    const wanted = new Map(
      grantsOf(prefix)
        .map((grant) => aclOf(grant, kafkajs))
        .map((acl) => [keyOf(acl), acl]),
    );
    const found = new Map(
      (await aclsOf(admin, kafkajs))
        .filter((acl) => acl.principal.replace('User:', '') in passwords)
        .map((acl) => [keyOf(acl), acl]),
    );
    const missing = [...wanted].filter(([key]) => !found.has(key)).map(([, acl]) => acl);
    const surplus = [...found].filter(([key]) => !wanted.has(key)).map(([, acl]) => acl);
    if (missing.length > 0) await admin.createAcls({ acl: missing });
    if (surplus.length > 0) await admin.deleteAcls({ filters: surplus });
  });
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

/**
 * @typedef {import('kafkajs').AclEntry} AclEntry
 * @typedef {typeof import('kafkajs')} KafkaJs
 */

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

/**
 * @param {import('./rights.mjs').Grant} grant
 * @param {KafkaJs} kafkajs
 * @returns {AclEntry}
 */
function aclOf({ principal, kind, operation, name, isPrefix }, kafkajs) {
  const { AclOperationTypes, AclPermissionTypes, AclResourceTypes, ResourcePatternTypes } = kafkajs;
  const types = {
    topics: AclResourceTypes.TOPIC,
    groups: AclResourceTypes.GROUP,
    transactionalIds: AclResourceTypes.TRANSACTIONAL_ID,
    cluster: AclResourceTypes.CLUSTER,
  };
  return {
    principal: `User:${principal}`,
    host: '*',
    operation: AclOperationTypes[operation],
    permissionType: AclPermissionTypes.ALLOW,
    resourceType: types[kind],
    resourceName: name,
    resourcePatternType: isPrefix ? ResourcePatternTypes.PREFIXED : ResourcePatternTypes.LITERAL,
  };
}

/**
 * @param {import('kafkajs').Admin} admin
 * @param {KafkaJs} kafkajs
 * @returns {Promise<AclEntry[]>}
 */
async function aclsOf(
  admin,
  { AclOperationTypes, AclPermissionTypes, AclResourceTypes, ResourcePatternTypes },
) {
  const { resources } = await admin.describeAcls({
    resourceType: AclResourceTypes.ANY,
    resourcePatternType: ResourcePatternTypes.ANY,
    operation: AclOperationTypes.ANY,
    permissionType: AclPermissionTypes.ANY,
  });
  return resources.flatMap(({ acls, resourceType, resourceName, resourcePatternType }) =>
    acls.map((acl) => ({ ...acl, resourceType, resourceName, resourcePatternType })),
  );
}

/** @param {AclEntry} acl */
const keyOf = ({
  principal,
  host,
  operation,
  permissionType,
  resourceType,
  resourceName,
  resourcePatternType,
}) =>
  [principal, host, operation, permissionType, resourceType, resourceName, resourcePatternType].join('\n');
