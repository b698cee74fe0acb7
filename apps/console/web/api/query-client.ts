import { hashKey, QueryClient } from '@tanstack/react-query';
import { requestContext } from './context';
import { isPassing } from './problem';
import { sessionQuery } from './session';

const ASK_AGAIN_MS = 5_000;

/** Answers are kept for as long as a page shows them, and a minute more. */
export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      gcTime: 60_000,
      staleTime: 2_000,
      retry: (failures, error) => isPassing(error) && failures < 2,
      // A page that is shown while the server is away gets its answer without anybody's help.
      refetchInterval: ({ state: { error } }) => (isPassing(error) ? ASK_AGAIN_MS : false),
      refetchOnWindowFocus: false,
      // The same path answers another tenant something else.
      queryKeyHashFn: (key) =>
        hashKey(key[0] === sessionQuery.queryKey[0] ? key : [requestContext.tenant ?? '', ...key]),
    },
  },
});
