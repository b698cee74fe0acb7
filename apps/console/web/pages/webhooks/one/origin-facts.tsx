import { Facts } from '../../../parts/facts';
import { TimeText } from '../../../parts/time-text';
import type { Subscription } from '../subscription';

/** What nobody can change of a webhook. */
export function OriginFacts({ subscription }: { readonly subscription: Subscription }) {
  const { startFrom, createdAt, updatedAt, version } = subscription;
  return (
    <Facts
      items={{
        'Started from': <StartText startFrom={startFrom} />,
        Created: <TimeText at={createdAt} />,
        Changed: <TimeText at={updatedAt} />,
        Version: version,
      }}
    />
  );
}

function StartText({ startFrom }: Pick<Subscription, 'startFrom'>) {
  if (typeof startFrom === 'string') return startFrom === 'now' ? 'its creation' : 'the beginning of the log';
  return 'time' in startFrom ? <TimeText at={startFrom.time} /> : startFrom.positions.join(', ');
}
