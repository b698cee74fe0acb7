import { fileURLToPath } from 'node:url';
import { check, generate, release } from './contracts.js';

const COMMANDS = { generate, check, release };

const places = {
  schemas: fileURLToPath(new URL('../../schemas', import.meta.url)),
  generated: fileURLToPath(new URL('../../libs/contracts/generated', import.meta.url)),
};

const name = process.argv[2] ?? '';
if (name in COMMANDS) {
  const { problems, summary } = COMMANDS[name as keyof typeof COMMANDS](places);
  for (const problem of problems) console.error(problem);
  console.log(`contracts: ${problems.length === 0 ? summary : `${problems.length} problems`}`);
  process.exitCode = problems.length === 0 ? 0 : 1;
} else {
  console.error(`usage: contracts ${Object.keys(COMMANDS).join('|')}`);
  process.exitCode = 2;
}
