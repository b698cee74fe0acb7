import { Alert, Button, Group, Stack, Text, Title } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { CopyField } from '../../../parts/copy-field';
import { Identifier } from '../../../parts/identifier';
import { PageHeader } from '../../../parts/page-header';
import { ProblemNotice } from '../../../parts/problem-notice';
import { TestResult } from '../one/test-button';
import { FilterWarnings } from '../settings/filter-warnings';
import { testWebhook } from '../subscription-acts';
import type { CreatedSubscription } from '../subscription';

/** What a person takes along from a new webhook: its secret, and that it works. */
export function CreatedStep({ created }: { readonly created: CreatedSubscription }) {
  const { subscriptionId: id, callbackUrl, secret, warnings } = created;
  const test = useMutation({ mutationFn: () => testWebhook(id) });
  return (
    <>
      <PageHeader title="New webhook" description={<Identifier value={id} label="webhook id" />} />
      <Stack maw={720}>
        <Alert color="green" variant="light" role="status" title="It is created.">
          <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
            Events are sent to {callbackUrl} from now on.
          </Text>
        </Alert>
        <FilterWarnings warnings={warnings} />
        <section>
          <Title order={2} size="h5" mb="xs">
            Secret
          </Title>
          <CopyField label="Signing secret" value={secret} />
          <Text size="sm" c="dimmed" mt="xs">
            Copy it to the receiver, which verifies each request with it. This page does not show it again;
            who may change webhooks can still ask for it in the settings.
          </Text>
        </section>
        <section>
          <Title order={2} size="h5" mb="xs">
            Test
          </Title>
          {test.isIdle || test.error ? (
            <Button variant="default" onClick={() => test.mutate()}>
              Send a test
            </Button>
          ) : (
            <TestResult id={id} eventId={test.data} />
          )}
          <ProblemNotice error={test.error} />
        </section>
        <Group>
          <Button renderRoot={(props) => <Link to={`/webhooks/${id}`} {...props} />}>Open the webhook</Button>
        </Group>
      </Stack>
    </>
  );
}
