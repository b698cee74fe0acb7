import { buildConnector } from 'undici';
import { targetRefusal, type TargetRules } from '#libs/webhooks';
import { guardedLookup, type NameResolver } from './guarded-lookup.js';
import { RefusedTargetError } from './refused-target-error.js';
import { watchConnection } from './watched-connection.js';

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
