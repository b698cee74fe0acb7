import { lookup, type LookupAddress, promises } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { callbackify } from 'node:util';
import { isAllowedAddress, isListedName, type TargetRules } from '#libs/webhooks';
import { RefusedTargetError } from './refused-target-error.js';

type Family = number | string | undefined;

/** What tells the addresses of a name; none if it has none. */
export interface NameResolver {
  resolve4(hostname: string): Promise<string[]>;
  resolve6(hostname: string): Promise<string[]>;
}

/** No name of a network that answers takes longer. */
const QUERY = { timeout: 1_000, tries: 2 };

/**
 * Looks names up and refuses all of their addresses if one may not be called. It stands between name and connection, so
 * that a name that resolved well before, when it was checked, cannot lead elsewhere now.
 *
 * By DNS queries of our own: the system looks four names up at a time in the whole process, so that a few whose name
 * servers are silent would hold up all others. Names that the operator has listed are the exception, as they may stand
 * in the hosts file.
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

/** @throws RefusedTargetError when one of them may not be called, and NameNotFoundError where there is none. */
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

/** IPv4 first: far from every network has IPv6. A question that fails is one without an answer. */
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
