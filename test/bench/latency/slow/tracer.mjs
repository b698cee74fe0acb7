/**
 * Loaded before the product (`node --import`). Between two SIGWINCH signals it records the start and end of requests,
 * webhooks, Kafka calls, Postgres queries and garbage collections, and runs V8's profiler.
 */
import { subscribe } from 'node:diagnostics_channel';
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { constants, PerformanceObserver } from 'node:perf_hooks';
import { openProfiler } from '../../profile/session.mjs';
import { idInTraceparent, isTracedId, now, ORIGIN, tracedIdsIn } from './clock.mjs';

/**
 * @typedef {import('./app-trace.js').AppTrace} AppTrace
 * @typedef {import('./app-trace.js').Call} Call
 */

/** @type {{ -readonly [List in keyof AppTrace]: AppTrace[List][number][] }} */
const trace = { requests: [], webhooks: [], kafka: [], postgres: [], collections: [] };
let running = false;

const profiler = await openProfiler();
process.on('SIGWINCH', () => {
  running = !running;
  void (running ? start() : finish());
});

async function start() {
  collections.observe({ entryTypes: ['gc'] });
  await profiler.start();
}

/** Writes the profile last, because the bench waits for that file and then reads both. */
async function finish() {
  recordCollections(collections.takeRecords());
  collections.disconnect();
  writeFileSync(process.env.BENCH_TRACE, JSON.stringify(trace));
  await profiler.finish(process.env.BENCH_PROFILE);
}

/** Loads the same instances of kafkajs and pg that the product uses. */
const require = createRequire(import.meta.url);

/** @param {(typeof trace)['kafka']} calls @param {string} name */
function begin(calls, name) {
  const call = { name, from: now() };
  calls.push(call);
  return call;
}

/** Unfinished requests and webhooks, by Node's or undici's own object. */
const unfinished = new WeakMap();

subscribe('http.server.request.start', ({ request }) => {
  const id = running && request.headers['x-request-id'];
  if (isTracedId(id)) unfinished.set(request, Object.assign(begin(trace.requests, request.method), { id }));
});
subscribe('http.server.response.finish', ({ request }) => end(request));

subscribe('undici:request:create', ({ request }) => {
  if (!running) return;
  const { headers } = request;
  const id = idInTraceparent(headers[headers.indexOf('traceparent') + 1]);
  if (isTracedId(id)) unfinished.set(request, Object.assign(begin(trace.webhooks, request.method), { id }));
});
subscribe('undici:request:headers', ({ request }) => end(request));

/** @param {object} request */
function end(request) {
  const call = unfinished.get(request);
  if (call) call.until ??= now();
}

const { prototype: connection } = require('kafkajs/src/network/connection');
const { send } = connection;
connection.send = async function (exchange) {
  if (!running) return send.call(this, exchange);
  const call = begin(trace.kafka, exchange.request.apiName);
  try {
    return await send.call(this, withIds(exchange, call));
  } finally {
    call.until = now();
  }
};

/** Records which traced requests' events a call appends or fetches. @param {object} exchange @param {Call} call */
function withIds(exchange, call) {
  const { request, response } = exchange;
  if (call.name === 'Produce') {
    const encode = async () => {
      const encoder = await request.encode();
      call.ids = tracedIdsIn(encoder.buffer);
      return encoder;
    };
    return { ...exchange, request: { ...request, encode } };
  }
  if (call.name !== 'Fetch') return exchange;
  const decode = (bytes) => {
    call.ids = tracedIdsIn(bytes);
    return response.decode(bytes);
  };
  return { ...exchange, response: { ...response, decode } };
}

const { prototype: client } = require('pg').Client;
const { query } = client;
const SQL_SHOWN = 60;
client.query = function (...args) {
  if (!running) return query.apply(this, args);
  const [statement] = args;
  const text = String(statement?.text ?? statement).replaceAll(/\s+/g, ' ');
  const call = begin(trace.postgres, text.trim().slice(0, SQL_SHOWN));
  const ended = () => {
    call.until = now();
  };
  const callback = args.at(-1);
  if (typeof statement?.submit === 'function') {
    // A query object, such as a batch, whose text is that of its first statement.
    call.name += ' …';
    const { handleReadyForQuery } = statement;
    statement.handleReadyForQuery = function (...message) {
      ended();
      return handleReadyForQuery.apply(this, message);
    };
  } else if (typeof callback === 'function') {
    args[args.length - 1] = function (...answer) {
      ended();
      return callback.apply(this, answer);
    };
  }
  const answer = query.apply(this, args);
  if (typeof answer?.then === 'function') answer.then(ended, ended);
  return answer;
};

const KINDS = new Map([
  [constants.NODE_PERFORMANCE_GC_MINOR, 'minor'],
  [constants.NODE_PERFORMANCE_GC_MAJOR, 'major'],
  [constants.NODE_PERFORMANCE_GC_INCREMENTAL, 'incremental'],
  [constants.NODE_PERFORMANCE_GC_WEAKCB, 'weak callbacks'],
]);
const collections = new PerformanceObserver((list) => recordCollections(list.getEntries()));

/** @param {readonly import('node:perf_hooks').PerformanceEntry[]} entries */
function recordCollections(entries) {
  for (const { detail, startTime, duration } of entries) {
    const from = ORIGIN + startTime;
    const name = KINDS.get(detail.kind) ?? `kind ${detail.kind}`;
    trace.collections.push({ name, from, until: from + duration });
  }
}
