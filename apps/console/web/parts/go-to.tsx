import { Button, TextInput } from '@mantine/core';
import { type SubmitEvent, useState } from 'react';

interface GoToProps {
  readonly label: string;
  readonly placeholder?: string;
  readonly go: (text: string) => void;
}

/** Opens something by its id or name. */
export function GoTo({ label, placeholder, go }: GoToProps) {
  const [text, setText] = useState('');
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    if (text.trim() !== '') go(text.trim());
  };
  return (
    <form onSubmit={submit} className="go-to">
      <TextInput
        label={label}
        placeholder={placeholder}
        size="sm"
        value={text}
        onChange={({ currentTarget }) => setText(currentTarget.value)}
      />
      <Button type="submit" variant="default" size="sm">
        Open
      </Button>
    </form>
  );
}
