import { lookup, type LookupAddress, promises } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { callbackify } from 'node:util';
import { buildConnector } from 'undici';
import {
  isAllowedAddress,
  isListedName,
  targetRefusal,
  type TargetRefusal,
  type TargetRules,
} from '#libs/webhooks';
import { watchConnection } from './connections.js';

/** Opens the connections for deliveries and refuses forbidden targets. */
export function targetConnector(
  rules: TargetRules,
  connectTimeoutMs: number,
  resolver?: NameResolver,
): buildConnector.connector {
  const connect = buildConnector({
    timeout: connectTimeoutMs,
    rejectUnauthorized: true,
    ...(!rules.allowPrivateTargets && { lookup: guardedLookup(rules, resolver) }),
  });
  return (target, callback) => {
    // Literal addresses skip the lookup, and the rules may be stricter than when the URL was accepted.
    const refusal = targetRefusal(target, rules);
    if (refusal) return callback(new RefusedTargetError(refusal), null);
    try {
      connect(target, (...made) => {
        const [, socket] = made;
        if (socket) watchConnection(socket);
        callback(...made);
      });
    } catch (error) {
      callback(error as Error, null);
    }
  };
}

type Family = number | string | undefined;

export interface NameResolver {
  resolve4(hostname: string): Promise<string[]>;
  resolve6(hostname: string): Promise<string[]>;
}

/** Longer than any responsive name server takes. */
const QUERY = { timeout: 1_000, tries: 2 };

/**
 * Resolves a name for a connection and refuses all of its addresses if any of them is not allowed. It checks the very
 * addresses that are connected to, so a name cannot resolve to something else after a check.
 *
 * It sends its own DNS queries, because the system resolver handles only four names at a time per process and a few
 * silent name servers would block all other lookups. Names on the operator's list use the system resolver, because they
 * may come from the hosts file.
 */
export function guardedLookup(
  rules: TargetRules,
  resolver: NameResolver = new promises.Resolver(QUERY),
): LookupFunction {
  const find = callbackify((hostname: string, family: Family) =>
    allowedAddresses(hostname, family, resolver, rules),
  );
  return (hostname, options, callback) => {
    if (isListedName(hostname, rules.allowedTargets)) {
      lookup(hostname, options, callback);
      return;
    }
    find(hostname, options.family, (error, found) => {
      const [first] = found ?? [];
      if (!first) callback(error, []);
      else if (options.all) callback(null, found);
      else callback(null, first.address, first.family);
    });
  };
}

/** @throws RefusedTargetError if an address is not allowed, NameNotFoundError if there is none */
async function allowedAddresses(
  hostname: string,
  family: Family,
  resolver: NameResolver,
  rules: TargetRules,
): Promise<[LookupAddress, ...LookupAddress[]]> {
  const [first, ...others] = await addressesOf(hostname, resolver, family);
  if (!first) throw new NameNotFoundError(hostname);
  const refused = [first, ...others].find(({ address }) => !isAllowedAddress(address, rules));
  if (refused) throw refusalOf(hostname, refused);
  return [first, ...others];
}

const refusalOf = (hostname: string, { address }: LookupAddress): RefusedTargetError =>
  new RefusedTargetError({
    reason: 'private-target',
    detail: `${hostname} leads to ${address}, which is not public`,
  });

class NameNotFoundError extends Error {
  override readonly name = 'NameNotFoundError';
  readonly code = 'ENOTFOUND';

  constructor(hostname: string) {
    super(`${hostname} has no address`);
  }
}

/** IPv4 comes first, because many networks have no IPv6. A failed query counts as one without addresses. */
async function addressesOf(
  hostname: string,
  resolver: NameResolver,
  family: Family,
): Promise<LookupAddress[]> {
  const ask = async (of: 4 | 6): Promise<LookupAddress[]> => {
    if (family !== undefined && family !== 0 && family !== of && family !== `IPv${of}`) return [];
    const addresses = await (of === 4 ? resolver.resolve4(hostname) : resolver.resolve6(hostname)).catch(
      () => [],
    );
    return addresses.map((address) => ({ address, family: of }));
  };
  return (await Promise.all([ask(4), ask(6)])).flat();
}

/** The callback URL leads to a forbidden target, such as an address in the internal network. */
export class RefusedTargetError extends Error {
  override readonly name = 'RefusedTargetError';
  readonly reason: TargetRefusal['reason'];

  constructor({ reason, detail }: TargetRefusal) {
    super(detail);
    this.reason = reason;
  }
}
