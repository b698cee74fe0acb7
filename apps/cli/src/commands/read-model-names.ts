import { type PostgresTransaction, ProjectionCommands } from '#libs/projections/postgres';
import { READ_MODELS } from '#libs/projections/read-models';
import type { Projection } from '#libs/projections/core';
import { cliSettings } from '../cli-settings.js';
import { withDatabase } from '../resources.js';

export const READ_MODEL_NAMES = READ_MODELS.map(({ name }) => name);

/**
 * The read model of that name, which this program has the code of.
 * @param command that needs its code
 * @throws an Error that says what to do instead with a projection of the user's own
 */
export async function readModelNamed(
  name: string,
  command: 'rebuild' | 'verify',
): Promise<Projection<PostgresTransaction>> {
  const readModel = READ_MODELS.find((each) => each.name === name);
  if (readModel) return readModel;
  if (!(await isOwnProjection(name)))
    throw new Error(`there is no projection ${name}; there are ${READ_MODEL_NAMES.join(', ')}`);
  throw new Error(
    command === 'rebuild'
      ? `${name} is a projection of your own: this program does not have its code. Its projector rebuilds it after ` +
          `"npx --no-install orderstream projections replay ${name}".`
      : `${name} is a projection of your own: nothing tells verify what its rows must be. ` +
          `verify checks ${READ_MODEL_NAMES.join(', ')}.`,
  );
}

/** Whether a projector has begun it. Without the database, the answer is no. */
const isOwnProjection = (name: string): Promise<boolean> =>
  withDatabase(
    cliSettings(),
    async (prisma) => (await new ProjectionCommands(prisma).topics(name)).length > 0,
  ).catch(() => false);
