export { InMemoryLog, InMemoryPartition } from './in-memory-log.js';
export {
  connectLog,
  makeDatabase,
  makeTestDirectory,
  onServer,
  openLog,
  testSettings,
  useDatabase,
  type ConnectedLog,
  type TestDatabase,
  type TestLog,
} from './test-servers.js';
