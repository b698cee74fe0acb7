/** `npm run bench webhooks`: how fast events reach subscribers, beside what could be reached at best. */
import type { Place } from '../measuring/stage.js';
import { type Options, parseOptions } from './options.js';

export const parse = parseOptions;

export const durable = ({ forgetfulPostgres }: Options): boolean => !forgetfulPostgres;

export async function run(options: Options, place: Place): Promise<void> {
  // What it needs of the product may not have been built before.
  const { play } = await import('./play.js');
  await play(options, place);
}
