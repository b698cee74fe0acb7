import { Button, Stack, Text, TextInput, Title } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { type SubmitEvent, useState } from 'react';
import { CopyField } from '../../../parts/copy-field';
import { ProblemNotice } from '../../../parts/problem-notice';
import { LastAttempt } from '../deliveries/last-attempt';
import type { ChangeDraft, Draft } from '../settings/draft';
import { StepButtons } from './step-buttons';
import { tryAddress } from './try-address';

interface WhereStepProps {
  readonly draft: Draft;
  readonly change: ChangeDraft;
  readonly secret: string;
  readonly next: () => void;
}

/** The address, tried before anything depends on it. */
export function WhereStep({ draft: { callbackUrl }, change, secret, next }: WhereStepProps) {
  const [isSecretShown, setSecretShown] = useState(false);
  const trial = useMutation({ mutationFn: () => tryAddress(callbackUrl.trim(), secret) });
  const fault = faultOf(callbackUrl.trim());
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    if (fault === undefined) next();
  };
  return (
    <form onSubmit={submit}>
      <Stack mt="md">
        <Title order={2} size="h5">
          Where do events go?
        </Title>
        <TextInput
          label="Address"
          description="An https URL that the Internet can reach. A query, such as a token, is stored encrypted."
          placeholder="https://example.com/hooks"
          required
          value={callbackUrl}
          error={callbackUrl === '' ? undefined : fault}
          onChange={({ currentTarget }) => {
            trial.reset();
            change({ callbackUrl: currentTarget.value });
          }}
        />
        <Text size="sm" c="dimmed">
          A test sends one webhook.test there, by a webhook that is deleted right after. It is signed with the
          secret that the new webhook will have.
        </Text>
        {isSecretShown && <CopyField label="Signing secret" value={secret} />}
        <div>
          <Button
            variant="default"
            mr="xs"
            disabled={fault !== undefined}
            loading={trial.isPending}
            onClick={() => trial.mutate()}
          >
            Send a test
          </Button>
          {!isSecretShown && (
            <Button variant="subtle" onClick={() => setSecretShown(true)}>
              My receiver verifies: show the secret
            </Button>
          )}
        </div>
        <div role="status">
          {trial.isPending && <Text size="sm">Waiting for an answer…</Text>}
          {trial.data && <LastAttempt delivery={trial.data} />}
        </div>
        <ProblemNotice error={trial.error} />
      </Stack>
      <StepButtons next="Next: what" isReady={fault === undefined} />
    </form>
  );
}

function faultOf(url: string): string | undefined {
  if (!/^https?:\/\//.test(url)) return 'It begins with https://';
  return URL.canParse(url) ? undefined : 'This is not a URL.';
}
