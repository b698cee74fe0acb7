import { Button, Card, Center, Stack, Text, Title } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { changeSession, openPortal } from '../../api/session';
import { ProblemNotice } from '../../parts/problem-notice';

/**
 * Where a portal link leads. The link opens once, so a person confirms: mail scanners and previews that follow it would
 * use it up.
 */
export function OpenPortalPage() {
  const queries = useQueryClient();
  const token = location.hash.slice(1);
  const { mutate, error, isPending } = useMutation({
    mutationFn: () => openPortal(token),
    onSuccess: (session) => {
      history.replaceState(null, '', location.pathname + location.search);
      changeSession(queries, session);
    },
  });

  return (
    <Center component="main" mih="100vh" p="md">
      <Card withBorder w={400} maw="100%" padding="lg">
        <Stack>
          <Title order={1} size="h3">
            Webhooks
          </Title>
          {token === '' ? (
            <Text>This page opens by a link, which works once. Ask for a new one.</Text>
          ) : (
            <>
              <Text>See what was sent to you, and mend what was not.</Text>
              <Button onClick={() => mutate()} loading={isPending}>
                Open
              </Button>
            </>
          )}
          <ProblemNotice error={error} />
        </Stack>
      </Card>
    </Center>
  );
}
