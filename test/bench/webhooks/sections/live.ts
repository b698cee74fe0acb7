import { setTimeout as sleep } from 'node:timers/promises';
import { failuresText } from '../../report/report.js';
import { whole } from '../../report/table.js';
import type { Consumption, Ground } from '../ground.js';
import type { Run } from '../outcome.js';
import type { Load, Produced } from '../producers.js';
import type { Received } from '../receiver.js';
import type { Subscriptions } from '../subscriptions.js';

interface LivePlan {
  readonly endpoints: number;
  readonly load: Load;
  /** Subscriptions besides those of the endpoints: more listeners, or some that nothing matches. */
  readonly beside?: (subscriptions: Subscriptions) => Promise<unknown>;
  /** Some attempts are meant to fail. */
  readonly failures?: boolean;
}

const TENANT = 'live';
/** Dispatchers hear of new subscriptions within their poll, and code warms up. */
const HEARD_MS = 1_500;
const RAMP_MS = 1_500;

export async function liveRun(ground: Ground, plan: LivePlan): Promise<Run> {
  const subscriptions = await ground.subscriptions(TENANT);
  const urls = await ground.endpoints(plan.endpoints);
  try {
    await plan.beside?.(subscriptions);
    const made = await subscriptions.make(urls);
    await sleep(HEARD_MS);
    await ground.beginCounting();
    const ledger = await ground.ledger();
    const measuredMs = ground.options.seconds * 1_000;
    const { result, consumption } = await ground.watched(async () => {
      const produced = await ground.produce(TENANT, { ...plan.load, rampMs: RAMP_MS, measuredMs });
      return { produced, received: await ground.received(produced.events * urls.length) };
    });
    const { produced, received } = result;
    const events = produced.events * urls.length;
    const appended = produced.events;
    const owed = { subscriptions, made, appended, events, received, failures: plan.failures ?? false };
    const balance = await ledger.balance(owed);
    return {
      ...figuresOf(received, consumption, events),
      orderP50: produced.times.p50,
      note: `${whole(produced.events)} events in, ${whole((produced.events * 1_000) / (RAMP_MS + measuredMs))} a second`,
      ledger: balance.text,
      void: balance.void ?? failuresOf(produced),
    };
  } finally {
    await subscriptions.deleteAll();
  }
}

/** @param owed deliveries, which the CPU time is shared by */
export function figuresOf(received: Received, { cpuMicros, peakMib }: Consumption, owed: number): Run {
  const { endpoints, latency, tookMicros } = received;
  const events = endpoints.reduce((sum, endpoint) => sum + endpoint.events, 0);
  const firstAt = Math.min(...endpoints.map((endpoint) => endpoint.firstAt));
  const lastAt = Math.max(...endpoints.map((endpoint) => endpoint.lastAt));
  const seconds = (lastAt - firstAt) / 1_000;
  return {
    perSecond: events / seconds,
    seconds,
    ...(latency.count > 0 && { p50: latency.p50, p99: latency.p99 }),
    cpuMicros: cpuMicros && cpuMicros / owed,
    peakMib,
    receiverShare: received.cpuMicros / tookMicros,
  };
}

/** Latencies of history mean nothing. */
export function historyFiguresOf(...run: Parameters<typeof figuresOf>): Run {
  const { p50: _, p99: __, ...figures } = figuresOf(...run);
  return figures;
}

export function failuresOf({ failures }: Produced): string | undefined {
  const kinds = failuresText(failures);
  return kinds === '' ? undefined : `orders failed: ${kinds}`;
}
