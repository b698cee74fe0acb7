import { loadSettings } from './settings.js';

/** Prints what `node` must be started with so that an app keeps to `MEMORY_MB`. */
process.stdout.write(`${loadSettings(process.env).memory.nodeOptions.join(' ')}\n`);
