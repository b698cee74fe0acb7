import { type Competing, figuresIn, type Outcome } from '../report/report.js';
import type { Section } from './options.js';
import type { Ground } from './ground.js';

/** One run of one contestant. What it does not tell, it has not. */
export interface Run {
  readonly perSecond?: number | undefined;
  /** From the order sent to the webhook received, in milliseconds. */
  readonly p50?: number | undefined;
  readonly p99?: number | undefined;
  /** To the acknowledgement of the order. */
  readonly orderP50?: number | undefined;
  /** CPU time of the delivering process for one delivery. */
  readonly cpuMicros?: number | undefined;
  readonly peakMib?: number | undefined;
  /** The share of one core that the endpoints used. */
  readonly receiverShare?: number | undefined;
  readonly seconds?: number | undefined;
  readonly note?: string | undefined;
  /** The fate of all events, in words. */
  readonly ledger?: string | undefined;
  /** Why the numbers of the contestant are worth nothing. */
  readonly void?: string | undefined;
}

export interface Contestant extends Competing {
  readonly section: Section;
  /** All apps in one process, or each in its own; whatever the options say by default. */
  readonly separate?: boolean;
  /** The product is started anew before each run: memory that was taken is not given back. */
  readonly fresh?: boolean;
  /** Why it cannot take part, if so. */
  absence?(ground: Ground): Promise<string | undefined>;
  run(ground: Ground): Promise<Run>;
}

export type WebhookOutcome = Outcome<Contestant, Run>;

export const voidIn = ({ runs }: WebhookOutcome): string | undefined => runs.find((run) => run.void)?.void;

export const figures = figuresIn<Run, WebhookOutcome>({ voidIn });

export const find = (
  outcomes: readonly WebhookOutcome[],
  section: Section,
  name: string,
): WebhookOutcome | undefined =>
  outcomes.find(({ contestant }) => contestant.section === section && contestant.name === name);
