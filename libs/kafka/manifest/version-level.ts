import { z } from 'zod';

/** What a version says of itself to those beside it, and to those after it. Written down by `orderstream deploy`. */
export interface VersionLevel {
  /** Goes up with a version that not all earlier ones may run beside. Versions before there was a level have 0. */
  readonly level: number;
  /** The lowest level that may still run once this version is deployed. */
  readonly oldest: number;
}

export const versionLevelSchema: z.ZodType<VersionLevel> = z.object({
  level: z.int().nonnegative(),
  oldest: z.int().nonnegative(),
});

/**
 * Of this code. Before you raise `level`, read docs/upgrade.md: a version may drop only what the one before it no longer
 * uses, so that `oldest` is the level of that one.
 */
export const VERSION_LEVEL: VersionLevel = { level: 2, oldest: 0 };

/** Versions before it would show and deliver what is sealed as it is. */
const OPENS_PERSONAL_DATA = 2;

/** What a deployment writes down. Once personal data has been sealed, that holds for good. */
export function levelToDeploy(before: VersionLevel | undefined, sealsPersonalData: boolean): VersionLevel {
  const oldest = sealsPersonalData ? OPENS_PERSONAL_DATA : VERSION_LEVEL.oldest;
  return { ...VERSION_LEVEL, oldest: Math.max(oldest, before?.oldest ?? 0) };
}

/** Why this version must not run with what was deployed, if so. */
export function outdatedBy(deployed: VersionLevel | undefined, own = VERSION_LEVEL): string | undefined {
  if (deployed === undefined || own.level >= deployed.oldest) return undefined;
  return (
    `this version (level ${own.level}) is too old: what was deployed (level ${deployed.level}) needs level ` +
    `${deployed.oldest} or newer: run a newer version, see docs/upgrade.md`
  );
}

/** Why this version must not be deployed, if so: what a newer one has prepared would be taken back. */
export function deployRefusal(deployed: VersionLevel | undefined, own = VERSION_LEVEL): string | undefined {
  if (deployed === undefined || own.level >= deployed.level) return undefined;
  return (
    outdatedBy(deployed, own) ??
    `a newer version is deployed (level ${deployed.level}, this one is ${own.level}): to go back, start the apps of this ` +
      `version without deploying, see docs/upgrade.md`
  );
}
