import { Alert } from '@mantine/core';
import { pluralText } from '../../../parts/numbers';
import { TimeText } from '../../../parts/time-text';
import type { Metrics } from '../subscription';
import { TabLink } from './tab-link';

interface TroubleNoticeProps {
  readonly id: string;
  readonly metrics: Pick<Metrics, 'deadLetters' | 'oldestUndeliveredAt'>;
}

/** What of a webhook wants a person, on whatever tab they are. Nothing if nothing does. */
export function TroubleNotice({ id, metrics: { deadLetters, oldestUndeliveredAt } }: TroubleNoticeProps) {
  if (deadLetters === 0 && oldestUndeliveredAt === undefined) return null;
  return (
    <Alert color={deadLetters > 0 ? 'red' : 'yellow'} variant="light" mb="md" role="status">
      {deadLetters > 0 ? (
        <>
          Attempts ran out for {pluralText(deadLetters, 'delivery', 'deliveries')}.{' '}
          <TabLink id={id} tab="dead-letters">
            Redrive or skip
          </TabLink>
        </>
      ) : (
        <>
          Deliveries fail and are tried again.{' '}
          <TabLink id={id} tab="lanes">
            See which
          </TabLink>
        </>
      )}
      {oldestUndeliveredAt !== undefined && (
        <>
          {' · '}
          failing since <TimeText at={oldestUndeliveredAt} />
        </>
      )}
    </Alert>
  );
}
