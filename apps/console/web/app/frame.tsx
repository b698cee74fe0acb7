import { Center, Loader } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Outlet, useSearch } from '@tanstack/react-router';
import { useEffect } from 'react';
import { SESSION_ENDED } from '../api/client';
import { requestContext } from '../api/context';
import { changeSession, sessionQuery } from '../api/session';
import { LogInPage } from '../pages/log-in/log-in-page';
import { OpenPortalPage } from '../pages/portal/open-portal-page';
import { ProblemNotice } from '../parts/problem-notice';
import { isPortal } from './portal';
import { SessionContext } from './session';
import { Shell } from './shell';

/** Around every page: who are you, which tenant, and where else you may go. */
export function Frame() {
  const queries = useQueryClient();
  const { data: session, error, isPending } = useQuery(sessionQuery);
  const { tenant } = useSearch({ from: '__root__' });
  // Before any page below asks for something.
  requestContext.tenant = tenant;

  useEffect(() => {
    const ended = () => changeSession(queries, null);
    addEventListener(SESSION_ENDED, ended);
    return () => removeEventListener(SESSION_ENDED, ended);
  }, [queries]);

  if (isPending)
    return (
      <Center h="100vh">
        <Loader aria-label="Loading" />
      </Center>
    );
  if (error) return <ProblemNotice error={error} />;
  if (isPortal && (location.hash !== '' || !session)) return <OpenPortalPage />;
  if (!session) return <LogInPage />;
  return (
    <SessionContext value={session}>
      <Shell>
        {/* What one tenant's pages hold must not show under another's name. */}
        <Outlet key={tenant ?? ''} />
      </Shell>
    </SessionContext>
  );
}
