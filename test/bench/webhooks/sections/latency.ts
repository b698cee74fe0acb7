import type { Contestant } from '../outcome.js';
import { liveRun } from './live.js';

const PER_SECOND = 20;

export const LATENCY = `1 endpoint, ${PER_SECOND} orders/s`;

export const latency: readonly Contestant[] = [
  {
    section: 'latency',
    name: LATENCY,
    against: [],
    run: (ground) => liveRun(ground, { endpoints: 1, load: { way: 'paced', perSecond: PER_SECOND } }),
  },
];
