import type { ReactNode } from 'react';
import { Facts } from '../../../parts/facts';
import { Identifier } from '../../../parts/identifier';
import { pluralText } from '../../../parts/numbers';
import { TimeText } from '../../../parts/time-text';
import type { ExplainedDelivery } from '../awaited';
import { ExplainLink } from '../one/tab-link';
import { attemptErrorText } from './attempt-error';

const NAMED_APART = new Set(['eventId', 'eventType', 'outcome', 'reason', 'position']);
const NAMES: Readonly<Record<string, string>> = {
  deliveredAt: 'Delivered',
  attempt: 'Attempt',
  attempts: 'Attempts so far',
  statusCode: 'Status code',
  nextAttemptAt: 'Next attempt',
  lastError: 'Last error',
  failingSince: 'Failing since',
  parkedAt: 'Dead letter since',
  skippedAt: 'Skipped',
  since: 'Since',
  by: 'By',
  disabledReason: 'Disabled because',
  behind: 'Waits behind',
  field: 'Field',
  expected: 'Expected',
  found: 'Found',
  start: 'Starts at',
  eventTypes: 'Subscribed to',
  replays: 'Replays that delivered it',
};

interface ExplanationFactsProps {
  readonly id: string;
  readonly explanation: ExplainedDelivery;
}

/** What an explanation rests on, fact by fact; also facts that this page has no name for. */
export function ExplanationFacts({ id, explanation }: ExplanationFactsProps) {
  const { condition, ...others } = explanation;
  const facts = Object.entries({ ...others, ...(condition as object | undefined) }).filter(
    ([name]) => !NAMED_APART.has(name),
  );
  return (
    <Facts
      items={{
        'Event id': <Identifier value={explanation.eventId} label="event id" />,
        Position: <Identifier value={explanation.position} label="position" />,
        ...Object.fromEntries(facts.map(([name, value]) => [nameOf(name), valueOf(id, name, value)])),
      }}
    />
  );
}

/** `expectedValues` as "Expected values". */
function nameOf(name: string): string {
  const words = name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
  return NAMES[name] ?? words.charAt(0).toUpperCase() + words.slice(1);
}

function valueOf(id: string, name: string, value: unknown): ReactNode {
  if (value === undefined || (Array.isArray(value) && value.length === 0)) return undefined;
  if (isWaitedFor(value)) {
    return (
      <>
        {value.eventType} <ExplainLink id={id} eventId={value.eventId} />
        {value.attempts !== undefined && `, ${pluralText(value.attempts, 'attempt')}`}
        {value.lastError !== undefined && `: ${attemptErrorText(value.lastError)}`}
      </>
    );
  }
  if (Array.isArray(value)) return value.map((item) => textOf(item)).join(', ');
  if (typeof value !== 'string' || name === 'found') return textOf(value);
  if (name.endsWith('At') || name.endsWith('ince')) return <TimeText at={value} />;
  return name === 'lastError' ? attemptErrorText(value) : value;
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

interface WaitedFor {
  readonly eventId: string;
  readonly eventType: string;
  readonly attempts?: number;
  readonly lastError?: string;
}

const isWaitedFor = (value: unknown): value is WaitedFor =>
  typeof value === 'object' && value !== null && 'eventId' in value && 'eventType' in value;
