/** WEBHOOK_SECRET=whsec_… node receiver.mjs: stores what comes in inbox.ndjson, answers, and works on it afterwards. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { createServer } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { Inbox } from './inbox.mjs';

const { WEBHOOK_SECRET = '', PORT = '3000', FILE = 'inbox.ndjson' } = process.env;
const inbox = new Inbox(WEBHOOK_SECRET.split(' '));
const file = await open(FILE, 'a+');
const queue = [];
let done = existsSync(`${FILE}.done`) ? Number(readFileSync(`${FILE}.done`, 'utf8')) : 0;

/** Your work. In order; once more for the last one, if a crash came in between. */
async function work({ id, event }) {
  console.log(id, event.eventType, JSON.stringify(event.data));
}

const lines = (await file.readFile('utf8')).split('\n');
// What follows the last line end was cut short by a crash, and never answered.
await file.truncate((await file.stat()).size - Buffer.byteLength(lines.pop()));
for (const line of lines) take(JSON.parse(line));
function take(delivery) {
  queue.push(inbox.fresh(delivery));
  inbox.take(delivery);
}

/** One after the other, in the order in which they came. */
let storing = Promise.resolve();
async function store(delivery) {
  if (inbox.fresh(delivery).length === 0) return;
  await file.appendFile(`${JSON.stringify(delivery)}\n`);
  await file.datasync();
  take(delivery);
}

async function receive(request, response) {
  let delivery;
  try {
    delivery = inbox.open(request.headers, await buffer(request));
  } catch {
    return response.writeHead(401).end();
  }
  // What cannot be stored ends the process, unanswered: so it comes again.
  await (storing = storing.then(() => store(delivery)));
  return response.writeHead(204).end();
}

createServer((...call) => void receive(...call)).listen(Number(PORT), '127.0.0.1');
setInterval(() => inbox.gaps.forEach((gap) => console.warn('missing', gap)), 60_000);

for (;;) {
  for (const event of queue[done] ?? []) await work(event);
  if (done < queue.length) writeFileSync(`${FILE}.done`, String(++done));
  else await new Promise((resolve) => setTimeout(resolve, 100));
}
