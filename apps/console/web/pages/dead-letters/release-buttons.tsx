import type { DeadLetterChoice } from './dead-letter';
import { ReleaseDialog } from './release-dialog';

/** What can be done about all dead letters that match the filters. */
export function ReleaseButtons({ choice }: { readonly choice: DeadLetterChoice }) {
  return (
    <>
      <ReleaseDialog act="redrive" choice={choice} />
      {choice.kind === 'webhook' && <ReleaseDialog act="skip" choice={choice} />}
    </>
  );
}
