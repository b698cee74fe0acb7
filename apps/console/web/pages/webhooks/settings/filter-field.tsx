import { Button, Fieldset, Group, Stack, TagsInput, Text, TextInput } from '@mantine/core';
import type { Condition } from './filter-conditions';

interface FilterFieldProps {
  readonly conditions: readonly Condition[];
  readonly change: (conditions: readonly Condition[]) => void;
}

const EMPTY: Condition = { field: '', values: [] };

/** Conditions on fields of events, all of which must hold. */
export function FilterField({ conditions, change }: FilterFieldProps) {
  const put = (index: number, changed: Partial<Condition>) =>
    change(conditions.map((condition, at) => (at === index ? { ...condition, ...changed } : condition)));
  return (
    <Fieldset legend="Filter">
      <Stack gap="sm">
        <Text size="sm" c="dimmed">
          Only events that meet all conditions are sent. Without a condition, all are. Type Enter after each
          value; 12, true and null are what they look like, and "12" in quotes is text.
        </Text>
        {conditions.map(({ field, values }, index) => (
          <Group key={index} align="flex-end" gap="xs">
            <TextInput
              label="Field"
              placeholder="data.customerId"
              value={field}
              onChange={({ currentTarget }) => put(index, { field: currentTarget.value })}
              flex={1}
              miw={160}
            />
            <TagsInput
              label="Is one of"
              value={[...values]}
              onChange={(values) => put(index, { values })}
              acceptValueOnBlur
              flex={2}
              miw={160}
            />
            <Button
              variant="default"
              onClick={() => change(conditions.filter((_, at) => at !== index))}
              aria-label={`Remove the condition on ${field || 'no field'}`}
            >
              Remove
            </Button>
          </Group>
        ))}
        <Button
          variant="default"
          size="xs"
          onClick={() => change([...conditions, EMPTY])}
          style={{ alignSelf: 'flex-start' }}
        >
          Add a condition
        </Button>
      </Stack>
    </Fieldset>
  );
}
