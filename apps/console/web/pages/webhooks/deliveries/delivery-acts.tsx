import { client } from '../../../api/client';
import { commandHeaders } from '../../../api/command';
import { ActButton } from '../../../parts/act-button';
import { redrivenText, skippedText } from '../released-text';
import { redriveDeadLetters, skipDeadLetters } from '../subscription-acts';

interface DeliveryActsProps {
  readonly subscriptionId: string;
  readonly eventId: string;
  /** Its attempts ran out, and it waits for a person. */
  readonly isDeadLetter: boolean;
}

/** What one can do about the delivery of an event. */
export function DeliveryActs({ subscriptionId, eventId, isDeadLetter }: DeliveryActsProps) {
  const ids = [eventId];
  return (
    <>
      {isDeadLetter && (
        <>
          <ActButton
            label="Redrive"
            said={redrivenText}
            variant="filled"
            act={() => redriveDeadLetters(subscriptionId, { ids })}
            explanation="It is sent with a full set of attempts, and then everything parked behind it, in order."
          />
          <ActButton
            label="Skip"
            said={skippedText}
            color="red"
            variant="light"
            act={() => skipDeadLetters(subscriptionId, { ids })}
            typed="skip"
            explanation="It will never be delivered. Everything parked behind it is sent at once. Nobody can undo this."
          />
        </>
      )}
      <ActButton
        label="Resend"
        said="A replay of this event has begun."
        act={() =>
          client.POST('/v1/webhook-subscriptions/{subscriptionId}/deliveries/{eventId}/resend', {
            params: { path: { subscriptionId, eventId }, header: commandHeaders() },
          })
        }
        explanation={`A replay of just this event begins. It is sent once more with the settings that the webhook has now, and the header orderstream-replay.${isDeadLetter ? ' It stays a dead letter, and what is parked behind it goes on waiting: redrive it instead if that should arrive, too.' : ''}`}
      />
    </>
  );
}
