import { lookup, type LookupAddress } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { buildConnector } from 'undici';
import { isPublicAddress, literalAddress } from '#libs/webhooks';

/** The callback URL leads into the own network. */
export class PrivateTargetError extends Error {
  override readonly name = 'PrivateTargetError';
  readonly code = 'PRIVATE_TARGET';
}

/**
 * Looks names up and refuses all of their addresses if one is not public. It stands between name and connection, so
 * that a name that resolved well before, when it was checked, cannot lead elsewhere now.
 */
export const publicLookup =
  (resolve: typeof lookup): LookupFunction =>
  (hostname, options, callback) => {
    resolve(hostname, { ...options, all: true }, (error, addresses) => {
      const refusal = error ?? refusalOf(hostname, addresses);
      const [first] = addresses ?? [];
      if (refusal || !first) callback(refusal ?? new Error(`${hostname} has no address`), []);
      else if (options.all) callback(null, addresses);
      else callback(null, first.address, first.family);
    });
  };

function refusalOf(hostname: string, addresses: readonly LookupAddress[]): PrivateTargetError | undefined {
  const isPrivate = addresses.some(({ address }) => !isPublicAddress(address));
  return isPrivate ? new PrivateTargetError(`${hostname} leads to an address that is not public`) : undefined;
}

export interface TargetConnectorOptions {
  readonly connectTimeoutMs: number;
  readonly allowPrivateTargets: boolean;
}

/** Opens the connections that deliveries go through. */
export function targetConnector(options: TargetConnectorOptions): buildConnector.connector {
  const { connectTimeoutMs: timeout, allowPrivateTargets } = options;
  if (allowPrivateTargets) return buildConnector({ timeout });
  const connect = buildConnector({ timeout, lookup: publicLookup(lookup) });
  return (target, callback) => {
    // An address is not looked up, so it would pass unseen.
    const address = literalAddress(target.hostname);
    if (address !== undefined && !isPublicAddress(address)) {
      callback(new PrivateTargetError(`${address} is not a public address`), null);
    } else {
      connect(target, callback);
    }
  };
}
