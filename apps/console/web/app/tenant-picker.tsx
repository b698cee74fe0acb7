import { Badge, CloseButton, Group, TextInput, VisuallyHidden } from '@mantine/core';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { type SubmitEvent, useState } from 'react';
import { useScope } from './session';

/** Lets an operator act for another tenant, which the audit trail records. */
export function TenantPicker() {
  const isOperator = useScope('operator');
  const { tenant } = useSearch({ from: '__root__' });
  const navigate = useNavigate();
  const [name, setName] = useState('');
  if (!isOperator) return null;

  const pick = (tenant: string | undefined) =>
    navigate({ to: '.', search: (search) => ({ ...search, tenant }) });
  if (tenant !== undefined)
    return (
      <Group gap={4} wrap="nowrap">
        <Badge variant="light" size="lg" tt="none">
          for {tenant}
        </Badge>
        <CloseButton
          size="sm"
          aria-label={`Stop acting for ${tenant}`}
          onClick={() => void pick(undefined)}
        />
      </Group>
    );
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    if (name.trim() !== '') void pick(name.trim());
  };
  return (
    <form onSubmit={submit}>
      <TextInput
        size="xs"
        w={{ base: 96, sm: 150 }}
        placeholder="Another tenant"
        aria-label="Act for another tenant"
        value={name}
        onChange={({ currentTarget }) => setName(currentTarget.value)}
      />
      <VisuallyHidden>
        <button type="submit">Act for this tenant</button>
      </VisuallyHidden>
    </form>
  );
}
