/**
 * Lets Node run TypeScript directly: `node --import ./tools/typescript/register.mjs <file>.ts`. For tools that must run
 * before a build, benches and integrity runs; the product that they import by `#libs/…` is the built one. Types are removed,
 * not checked.
 */
import { register } from 'node:module';

register('./hooks.mjs', import.meta.url);
