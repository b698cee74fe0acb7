import { useNavigate } from '@tanstack/react-router';
import { useScope, useSession } from '../../../app/session';
import { ActButton } from '../../../parts/act-button';
import { deleteWebhook, pauseWebhook, resumeWebhook } from '../subscription-acts';
import { hostOf, type Subscription } from '../subscription';
import { PortalLinkButton } from './portal-link-button';
import { RecoverButton } from './recover-button';
import { TestButton } from './test-button';

/** What one can do to a webhook as a whole. */
export function WebhookActs({ subscription }: { readonly subscription: Subscription }) {
  const { subscriptionId: id, status, callbackUrl } = subscription;
  const { kind } = useSession();
  const navigate = useNavigate();
  if (!useScope('webhooks:write')) return null;
  return (
    <>
      <TestButton id={id} />
      <RecoverButton id={id} />
      {status === 'active' ? (
        <ActButton
          label="Pause"
          said="Paused: nothing more is sent."
          act={() => pauseWebhook(id)}
          explanation="Nothing more is sent until you resume. Events go on being owed, so none is lost."
        />
      ) : (
        <ActButton
          label="Resume"
          said="Resumed: what is owed is sent."
          variant="filled"
          act={() => resumeWebhook(id)}
          explanation="Everything owed since it stopped is sent. Pending retries run at once, and earlier failures no longer count."
        />
      )}
      {kind !== 'portal' && <PortalLinkButton subscriptionId={id} />}
      <ActButton
        label="Delete"
        said="The webhook is deleted."
        color="red"
        variant="light"
        act={() => deleteWebhook(id)}
        typed={hostOf(callbackUrl)}
        explanation="Nothing is sent to it any more, its dead letters and replays are gone, and nobody can undo this."
        done={() => void navigate({ to: '/webhooks' })}
      />
    </>
  );
}
