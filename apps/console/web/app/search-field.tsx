import { TextInput, VisuallyHidden } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { type SubmitEvent, useState } from 'react';
import { useScope } from './session';

/** Finds anything of any tenant, for operators. */
export function SearchField() {
  const isOperator = useScope('operator');
  const navigate = useNavigate();
  const [text, setText] = useState('');
  if (!isOperator) return null;
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    if (text.trim() !== '') void navigate({ to: '/search', search: { q: text.trim() } });
  };
  return (
    <form onSubmit={submit}>
      <TextInput
        type="search"
        size="xs"
        className="search-field"
        placeholder="Search by id, SKU, customer…"
        aria-label="Search all tenants"
        value={text}
        onChange={({ currentTarget }) => setText(currentTarget.value)}
      />
      <VisuallyHidden>
        <button type="submit">Search</button>
      </VisuallyHidden>
    </form>
  );
}
