import { Button, Stack } from '@mantine/core';
import { useEffect } from 'react';
import { PageNotLoaded } from '../app/lazy-page';
import { ProblemNotice } from './problem-notice';

const ASK_EVERY_MS = 3_000;
const RELOADED_KEY = 'orderstream-reloaded-at';
/** If code is missing although the server answers, a person sees so, and no page that keeps reloading. */
const RELOAD_AGAIN_AFTER_MS = 60_000;

/** In place of a page that cannot be shown. One whose code did not come is loaded once the server answers. */
export function PageProblem({ error }: { readonly error: unknown }) {
  const isAwaited = error instanceof PageNotLoaded;
  useEffect(() => {
    if (!isAwaited) return undefined;
    const timer = setInterval(() => void reloadIfAnswered(), ASK_EVERY_MS);
    return () => clearInterval(timer);
  }, [isAwaited]);
  return (
    <Stack align="flex-start">
      <ProblemNotice error={error} />
      <Button variant="default" onClick={() => location.reload()}>
        Load it again
      </Button>
    </Stack>
  );
}

async function reloadIfAnswered(): Promise<void> {
  const answer = await fetch(location.href, { method: 'HEAD', cache: 'no-store' }).catch(() => undefined);
  const reloadedAt = Number(sessionStorage.getItem(RELOADED_KEY));
  if (!answer?.ok || Date.now() - reloadedAt < RELOAD_AGAIN_AFTER_MS) return;
  sessionStorage.setItem(RELOADED_KEY, `${Date.now()}`);
  location.reload();
}
