/**
 * Lets Node run TypeScript directly: `node --import ./tools/typescript/register.mjs <file>.ts`. Only for tools that must
 * run before a build. Types are removed, not checked.
 */
import { register } from 'node:module';

register('./hooks.mjs', import.meta.url);
