import { Alert, List } from '@mantine/core';
import { messageOf, Problem } from '../api/problem';

/** Why something failed, in the API's words. Nothing without an error. */
export function ProblemNotice({ error }: { readonly error: unknown }) {
  if (error === null || error === undefined) return null;
  const fields = error instanceof Problem ? error.errors : [];
  return (
    <Alert color="red" variant="light" role="alert" title={messageOf(error)}>
      {fields.length > 0 && (
        <List size="sm">
          {fields.map(({ pointer, detail }) => (
            <List.Item key={`${pointer} ${detail}`}>
              {pointer}: {detail}
            </List.Item>
          ))}
        </List>
      )}
    </Alert>
  );
}
