import { Center, Loader } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Outlet, useRouter, useSearch } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { SESSION_ENDED } from '../api/client';
import { requestContext } from '../api/context';
import { changeSession, sessionQuery } from '../api/session';
import { LogInPage } from '../pages/log-in/log-in-page';
import { OpenPortalPage } from '../pages/portal/open-portal-page';
import { OutcomeProvider } from '../parts/outcome';
import { ProblemNotice } from '../parts/problem-notice';
import { loadAllPages } from './lazy-page';
import { navigationOf } from './navigation';
import { isPortal } from './portal';
import { SessionContext } from './session';
import { Shell } from './shell';

/** Long enough for the first page to have come. */
const LOAD_PAGES_AFTER_MS = 5_000;

/** Around every page: who are you, which tenant, and where else you may go. */
export function Frame() {
  const queries = useQueryClient();
  const { data: session, error, isPending } = useQuery(sessionQuery);
  const { tenant } = useSearch({ from: '__root__' });
  const router = useRouter();
  const [hasEnded, setEnded] = useState(false);
  // Before any page below asks for something.
  requestContext.tenant = tenant;

  useEffect(() => {
    const ended = () => {
      setEnded(true);
      changeSession(queries, null);
    };
    addEventListener(SESSION_ENDED, ended);
    return () => removeEventListener(SESSION_ENDED, ended);
  }, [queries]);
  useEffect(() => {
    if (!session) return undefined;
    setEnded(false);
    const paths = navigationOf(session).flatMap(({ destinations }) => destinations.map(({ to }) => to));
    const timer = setTimeout(() => void loadAllPages(router, paths), LOAD_PAGES_AFTER_MS);
    return () => clearTimeout(timer);
  }, [session, router]);

  if (isPending)
    return (
      <Center h="100vh">
        <Loader aria-label="Loading" />
      </Center>
    );
  if (error) return <ProblemNotice error={error} />;
  if (isPortal && (location.hash !== '' || !session)) return <OpenPortalPage />;
  if (!session) return <LogInPage hasEnded={hasEnded} />;
  return (
    <SessionContext value={session}>
      <OutcomeProvider>
        <Shell>
          {/* What one tenant's pages hold must not show under another's name. */}
          <Outlet key={tenant ?? ''} />
        </Shell>
      </OutcomeProvider>
    </SessionContext>
  );
}
