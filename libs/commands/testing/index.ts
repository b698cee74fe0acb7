export { InMemoryCommands } from './in-memory-commands.js';
