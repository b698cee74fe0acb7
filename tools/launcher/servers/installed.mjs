import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Distributions install some programs where only root's PATH looks. */
const PLACES = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin'];

/**
 * @param {string} name of a program
 * @returns {string | undefined} where it is, if it is installed
 */
export const installed = (name) => PLACES.map((place) => join(place, name)).find((file) => existsSync(file));
