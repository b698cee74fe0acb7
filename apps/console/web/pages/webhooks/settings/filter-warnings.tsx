import { Alert, List } from '@mantine/core';
import type { FilterWarning } from '../subscription';

/** Conditions that some of the event types can never meet. */
export function FilterWarnings({
  warnings = [],
}: {
  readonly warnings?: readonly FilterWarning[] | undefined;
}) {
  if (warnings.length === 0) return null;
  return (
    <Alert color="yellow" variant="light" title="It is saved. Parts of the filter may not do what you want.">
      <List size="sm">
        {warnings.map(({ field, eventTypes, detail }) => (
          <List.Item key={field}>
            {field}: {detail} ({eventTypes.join(', ')})
          </List.Item>
        ))}
      </List>
    </Alert>
  );
}
