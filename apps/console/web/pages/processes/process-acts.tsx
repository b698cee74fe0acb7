import { useState } from 'react';
import { client } from '../../api/client';
import { changeHeaders, commandHeaders } from '../../api/command';
import { ActButton } from '../../parts/act-button';
import { ReasonField, reasonOf } from '../../parts/reason-field';
import type { Process } from './process';

/** What a person may do about a process that is not over. */
export function ProcessActs({ process: { processId, state, version } }: { readonly process: Process }) {
  const [reason, setReason] = useState('');
  const path = { processId };
  return (
    <>
      {state === 'stuck' && (
        <ActButton
          label="Retry"
          said="Its open commands are sent again."
          variant="filled"
          color="teal"
          explanation="Its open commands are sent again at once. A command that took effect before does not take effect twice."
          act={() =>
            client.POST('/v1/processes/{processId}/retry', {
              params: { path, header: changeHeaders(version) },
            })
          }
        />
      )}
      <ActButton
        label="Cancel process"
        said="It undoes what it has done."
        color="red"
        variant="outline"
        typed="cancel"
        explanation={
          <ReasonField
            explanation="The process undoes what it has done, and ends: an order is cancelled as if its customer had asked for it, unless it has shipped. Nobody can undo this."
            value={reason}
            change={setReason}
          />
        }
        // Whatever step it has come to meanwhile.
        act={() =>
          client.POST('/v1/processes/{processId}/cancel', {
            params: { path, header: commandHeaders() },
            body: reasonOf(reason),
          })
        }
      />
    </>
  );
}
