import type { ReactNode } from 'react';
import { Facts } from '../../../parts/facts';
import { Identifier } from '../../../parts/identifier';
import { pluralText } from '../../../parts/numbers';
import { TimeText } from '../../../parts/time-text';
import { ExplainLink } from '../one/tab-link';
import type { Explanation } from '../subscription';
import { attemptErrorText } from './attempt-error';

interface ExplanationFactsProps {
  readonly id: string;
  readonly explanation: Explanation;
}

/** What an explanation rests on, fact by fact. */
export function ExplanationFacts({ id, explanation }: ExplanationFactsProps) {
  const { condition, behind, replays } = explanation;
  return (
    <Facts
      items={{
        'Event id': <Identifier value={explanation.eventId} label="event id" />,
        Position: <Identifier value={explanation.position} label="position" />,
        Delivered: timeOf(explanation.deliveredAt),
        Attempt: explanation.attempt,
        'Status code': explanation.statusCode,
        'Next attempt': timeOf(explanation.nextAttemptAt),
        'Attempts so far': explanation.attempts,
        'Last error': explanation.lastError && attemptErrorText(explanation.lastError),
        'Failing since': timeOf(explanation.failingSince),
        'Dead letter since': timeOf(explanation.parkedAt),
        'Waits behind': behind && <WaitsBehind id={id} behind={behind} />,
        Skipped: timeOf(explanation.skippedAt),
        By: explanation.by,
        Since: timeOf(explanation.since),
        'Disabled because': explanation.disabledReason,
        Field: condition?.field,
        Expected: condition?.expected.map((value) => JSON.stringify(value)).join(', '),
        Found: condition && foundText(condition),
        'Subscribed to': explanation.eventTypes?.join(', '),
        'Starts at': explanation.start,
        'Also by replays': replays?.length ? replays.join(', ') : undefined,
      }}
    />
  );
}

const timeOf = (at: string | undefined): ReactNode => at && <TimeText at={at} />;

const foundText = ({ found }: NonNullable<Explanation['condition']>): string =>
  found === undefined ? 'a list or an object' : JSON.stringify(found);

interface WaitsBehindProps {
  readonly id: string;
  readonly behind: NonNullable<Explanation['behind']>;
}

function WaitsBehind({ id, behind }: WaitsBehindProps) {
  const { eventId, eventType, position, attempts, lastError, nextAttemptAt } = behind;
  return (
    <>
      {eventType} <ExplainLink id={id} eventId={eventId} /> at {position}, after{' '}
      {pluralText(attempts, 'attempt')}
      {lastError !== undefined && `: ${attemptErrorText(lastError)}`}
      {nextAttemptAt !== undefined && (
        <>
          ; next one <TimeText at={nextAttemptAt} />
        </>
      )}
    </>
  );
}
