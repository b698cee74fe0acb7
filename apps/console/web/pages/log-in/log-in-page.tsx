import { Button, Card, Center, Divider, PasswordInput, Stack, Text, Title } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type SubmitEvent, useState } from 'react';
import { changeSession, logInMethodsQuery, logInWithDevelopmentKey, logInWithKey } from '../../api/session';
import { ProblemNotice } from '../../parts/problem-notice';

interface LogInPageProps {
  /** There was a session until a moment ago. */
  readonly hasEnded: boolean;
}

export function LogInPage({ hasEnded }: LogInPageProps) {
  const queries = useQueryClient();
  const { data: methods = [], error: unknownMethods } = useQuery(logInMethodsQuery);
  const [apiKey, setApiKey] = useState('');
  const { mutate, error, isPending } = useMutation({
    mutationFn: (logIn: () => ReturnType<typeof logInWithKey>) => logIn(),
    onSuccess: (session) => changeSession(queries, session),
  });
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    mutate(() => logInWithKey(apiKey.trim()));
  };
  const isOffered = (method: (typeof methods)[number]) => methods.includes(method);

  return (
    <Center component="main" mih="100vh" p="md">
      <Card withBorder w={400} maw="100%" padding="lg">
        <Stack>
          <Title order={1} size="h3">
            Orderstream console
          </Title>
          {hasEnded && <Text role="status">Your session has ended. Log in, and go on where you were.</Text>}
          {isOffered('development-key') && (
            <>
              <Button onClick={() => mutate(logInWithDevelopmentKey)} loading={isPending}>
                Use the development key
              </Button>
              <Text size="sm" c="dimmed">
                This system runs on your own machine, so one click is enough.
              </Text>
              <Divider label="or" />
            </>
          )}
          {isOffered('oidc') && (
            <Button component="a" href="/v1/session/oidc" variant="default">
              Log in with your organization
            </Button>
          )}
          <form onSubmit={submit}>
            <Stack>
              <PasswordInput
                label="API key"
                description="It is not kept: the page gets a session that ends by itself."
                autoComplete="off"
                required
                value={apiKey}
                onChange={({ currentTarget }) => setApiKey(currentTarget.value)}
              />
              <Button
                type="submit"
                variant={isOffered('development-key') ? 'default' : 'filled'}
                loading={isPending}
              >
                Log in
              </Button>
            </Stack>
          </form>
          <ProblemNotice error={error ?? unknownMethods} />
        </Stack>
      </Card>
    </Center>
  );
}
