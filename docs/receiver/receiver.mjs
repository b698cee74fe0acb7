/** WEBHOOK_SECRET=whsec_… node receiver.mjs: stores deliveries in inbox.ndjson, answers, then processes them. */
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

/** Your work: called in order, and again for the last event after a crash. */
async function work({ id, event }) {
  console.log(id, event.eventType, JSON.stringify(event.data));
}

const lines = (await file.readFile('utf8')).split('\n');
// A crash may have cut off the last line; it was never answered.
await file.truncate((await file.stat()).size - Buffer.byteLength(lines.pop()));
for (const line of lines) take(JSON.parse(line));
function take(delivery) {
  queue.push(inbox.fresh(delivery));
  inbox.take(delivery);
}

/** Stores deliveries one at a time, in order of arrival. */
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
  // If storing fails, the process ends without an answer, so the delivery is sent again.
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
