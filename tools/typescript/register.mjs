/**
 * Lets Node run the TypeScript of tools/ as it is: `node --import ./tools/typescript/register.mjs <file>.ts`.
 * For tools only, which must run before there is a build. Types are dropped, not checked.
 */
import { register } from 'node:module';

register('./hooks.mjs', import.meta.url);
