/** Runs the front as a process of its own. Takes its plan as an argument. */
import { makeFront } from './front-server.mjs';

const CLOSING_MS = 3_000;

/** @type {import('./front-server.mjs').FrontPlan & { port: number }} */
const { port, ...plan } = JSON.parse(process.argv[2] ?? '');

const front = makeFront(plan);
process.on('SIGTERM', () => {
  front.close(() => process.exit());
  setTimeout(() => process.exit(), CLOSING_MS);
});
front.server.listen(port, '127.0.0.1');
