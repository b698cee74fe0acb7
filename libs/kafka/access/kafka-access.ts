import { pbkdf2, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import kafkajs, { type AclEntry, type Admin } from 'kafkajs';
import { connectionOptions, type KafkaConnection } from '../connection/connection-options.js';
import { makeCluster, rawAnswer, type RawRequest } from '../protocol/kafkajs-internals.js';
import { withAdmin } from '../topics.js';
import { alterCredentials, describeCredentials, type SaltedPassword } from './scram-credentials.js';

const { AclOperationTypes, AclPermissionTypes, AclResourceTypes, ResourcePatternTypes } = kafkajs;

/** One operation on one resource, or on all resources whose names begin so. */
export interface AccessGrant {
  readonly principal: string;
  readonly kind: 'topics' | 'groups' | 'transactionalIds' | 'cluster';
  readonly operation: 'READ' | 'WRITE' | 'CREATE' | 'DELETE' | 'ALTER' | 'DESCRIBE' | 'DESCRIBE_CONFIGS';
  readonly name: string;
  readonly isPrefix: boolean;
}

interface AccessPlan {
  /** By principal. */
  readonly passwords: Readonly<Record<string, string>>;
  readonly grants: readonly AccessGrant[];
}

/** What brokers know of a principal. */
export interface KnownPrincipal {
  readonly principal: string;
  readonly hasPassword: boolean;
  readonly rights: number;
}

/** The brokers have no authorizer: everybody may do everything. */
export class NoAuthorizerError extends Error {
  override readonly name = 'NoAuthorizerError';
}

/** The least that brokers take. Passwords here are long and random. */
const ITERATIONS = 4096;
const HASH_BYTES = 64;
/** Error codes of the protocol. */
const NO_SUCH_CREDENTIAL = 91;
const CLUSTER_AUTHORIZATION_FAILED = 31;

const RESOURCE_TYPES = {
  topics: AclResourceTypes.TOPIC,
  groups: AclResourceTypes.GROUP,
  transactionalIds: AclResourceTypes.TRANSACTIONAL_ID,
  cluster: AclResourceTypes.CLUSTER,
};

/**
 * Gives principals their SCRAM-SHA-512 passwords, and exactly these rights: those that they have beyond are taken away.
 * Others are left alone. The caller must be allowed to ALTER the cluster.
 */
export async function provideAccess(connection: KafkaConnection, plan: AccessPlan): Promise<void> {
  const { passwords, grants } = plan;
  await setRights(connection, Object.keys(passwords), grants);
  const set = await Promise.all(Object.entries(passwords).map(saltedPassword));
  await changeCredentials(connection, [], set);
}

/** Takes all rights and passwords from principals. It does nothing to those that have none. */
export async function withdrawAccess(
  connection: KafkaConnection,
  principals: readonly string[],
): Promise<void> {
  await setRights(connection, principals, []);
  await changeCredentials(connection, principals, []);
}

/** All that have a password or a right. */
export async function knownPrincipals(connection: KafkaConnection): Promise<KnownPrincipal[]> {
  const acls = await withAccessAdmin(connection, aclsOf);
  const { errorCode, users } = await askController(connection, describeCredentials());
  refuse(errorCode === 0 ? [] : [{ user: 'all users', errorCode }]);
  const names = new Set([...users, ...acls.map(principalOf)]);
  return [...names].toSorted().map((principal) => ({
    principal,
    hasPassword: users.includes(principal),
    rights: acls.filter((acl) => principalOf(acl) === principal).length,
  }));
}

function setRights(
  connection: KafkaConnection,
  principals: readonly string[],
  grants: readonly AccessGrant[],
): Promise<void> {
  return withAccessAdmin(connection, async (admin) => {
    const wanted = new Map(grants.map(aclOf).map((acl) => [keyOf(acl), acl]));
    const owned = (await aclsOf(admin)).filter((acl) => principals.includes(principalOf(acl)));
    const found = new Map(owned.map((acl) => [keyOf(acl), acl]));
    const missing = [...wanted].filter(([key]) => !found.has(key)).map(([, acl]) => acl);
    const surplus = [...found].filter(([key]) => !wanted.has(key)).map(([, acl]) => acl);
    if (missing.length > 0) await admin.createAcls({ acl: missing });
    if (surplus.length > 0) await admin.deleteAcls({ filters: surplus });
  });
}

async function changeCredentials(
  connection: KafkaConnection,
  removed: readonly string[],
  set: readonly SaltedPassword[],
): Promise<void> {
  const refused = await askController(connection, alterCredentials(removed, set));
  refuse(refused.filter(({ errorCode }) => errorCode !== 0 && errorCode !== NO_SUCH_CREDENTIAL));
}

/** With KRaft, any broker passes it on. */
async function askController<Answer>(
  connection: KafkaConnection,
  request: RawRequest<Answer>,
): Promise<Answer> {
  const cluster = makeCluster(connection);
  try {
    await cluster.connect();
    await cluster.refreshMetadata();
    return await rawAnswer(await cluster.findControllerBroker(), request);
  } finally {
    await cluster.disconnect();
  }
}

function refuse(refused: readonly { user: string; errorCode: number }[]): void {
  if (refused.length === 0) return;
  if (refused.some(({ errorCode }) => errorCode === CLUSTER_AUTHORIZATION_FAILED))
    throw new Error('the brokers let this log-in change no passwords: it needs ALTER on the cluster');
  const each = refused.map(({ user, errorCode }) => `${user} (error ${errorCode})`);
  throw new Error(`the brokers did not take the passwords of ${each.join(', ')}`);
}

/** Brokers get salted hashes alone. */
async function saltedPassword([user, password]: readonly [string, string]): Promise<SaltedPassword> {
  const salt = randomBytes(32);
  const salted = await promisify(pbkdf2)(password, salt, ITERATIONS, HASH_BYTES, 'sha512');
  return { user, iterations: ITERATIONS, salt, salted };
}

async function withAccessAdmin<Result>(
  connection: KafkaConnection,
  work: (admin: Admin) => Promise<Result>,
): Promise<Result> {
  const kafka = new kafkajs.Kafka({
    ...connectionOptions(connection),
    logLevel: kafkajs.logLevel.NOTHING,
  });
  try {
    return await withAdmin(kafka.admin(), work);
  } catch (error) {
    const { type } = error as { type?: string };
    if (type === 'SECURITY_DISABLED')
      throw new NoAuthorizerError('the brokers have no authorizer: everybody may read and write everything', {
        cause: error,
      });
    if (type === 'CLUSTER_AUTHORIZATION_FAILED')
      throw new Error('the brokers let this log-in change no rights: it needs ALTER on the cluster', {
        cause: error,
      });
    throw error;
  }
}

function aclOf({ principal, kind, operation, name, isPrefix }: AccessGrant): AclEntry {
  return {
    principal: `User:${principal}`,
    host: '*',
    operation: AclOperationTypes[operation],
    permissionType: AclPermissionTypes.ALLOW,
    resourceType: RESOURCE_TYPES[kind],
    resourceName: name,
    resourcePatternType: isPrefix ? ResourcePatternTypes.PREFIXED : ResourcePatternTypes.LITERAL,
  };
}

async function aclsOf(admin: Admin): Promise<AclEntry[]> {
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

const principalOf = ({ principal }: AclEntry): string => principal.replace(/^User:/, '');

const keyOf = (acl: AclEntry): string =>
  [
    acl.principal,
    acl.host,
    acl.operation,
    acl.permissionType,
    acl.resourceType,
    acl.resourceName,
    acl.resourcePatternType,
  ].join('\n');
