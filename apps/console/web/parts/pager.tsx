import { Button, Group } from '@mantine/core';
import { Link, useRouter, useSearch } from '@tanstack/react-router';

/**
 * Leads through a list whose page is in the URL as `pageToken`. A page holds one page of the list at a time; the way
 * back is the browser's.
 */
export function Pager({ nextPageToken }: { readonly nextPageToken: string | null | undefined }) {
  const { history } = useRouter();
  const { pageToken } = useSearch({ strict: false }) as { pageToken?: string };
  const isFirst = pageToken === undefined;
  if (isFirst && !nextPageToken) return null;
  return (
    <Group component="nav" aria-label="Pages of the list" mt="sm" gap="xs">
      {!isFirst && (
        <>
          <Button variant="default" size="xs" onClick={() => history.back()}>
            Back
          </Button>
          <Button
            variant="default"
            size="xs"
            renderRoot={(props) => (
              <Link to="." search={(search: object) => ({ ...search, pageToken: undefined })} {...props} />
            )}
          >
            First page
          </Button>
        </>
      )}
      {nextPageToken && (
        <Button
          variant="default"
          size="xs"
          renderRoot={(props) => (
            <Link to="." search={(search: object) => ({ ...search, pageToken: nextPageToken })} {...props} />
          )}
        >
          Next page
        </Button>
      )}
    </Group>
  );
}
