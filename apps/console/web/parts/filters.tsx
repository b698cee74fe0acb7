import { Button, Group, NativeSelect, TextInput } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { type ReactNode, useEffect, useState } from 'react';

type Filters = Readonly<Record<string, string | undefined>>;

/** The filters of the current page, which are its URL. A changed filter begins at the first page of the list. */
export function useFilters(): readonly [Filters, (changed: Filters) => void] {
  const search = useSearch({ strict: false }) as Filters;
  const navigate = useNavigate();
  const change = (changed: Filters) => {
    // Named without a value, also the tenant leaves the URL, which other navigation keeps.
    const given = Object.entries({ ...search, pageToken: undefined, ...changed });
    const next = Object.fromEntries(given.map(([name, value]) => [name, value === '' ? undefined : value]));
    void navigate({ to: '.', search: next as never, replace: true });
  };
  return [search, change];
}

/** More than these would fill a narrow screen before what they filter. */
const MOST_OPEN = 2;

/** Filters side by side, with a way to clear them all. On narrow screens, many of them are folded until one is set. */
export function FilterBar({
  names,
  children,
}: {
  readonly names: readonly string[];
  readonly children: ReactNode;
}) {
  const [filters, change] = useFilters();
  const isAnySet = names.some((name) => filters[name] !== undefined);
  const isNarrow = useMediaQuery('(max-width: 48em)', undefined, { getInitialValueInEffect: false });
  const bar = (
    <Group role="search" aria-label="Filters" gap="sm" mb="sm" align="flex-end">
      {children}
      {isAnySet && (
        <Button variant="subtle" size="sm" onClick={() => change(cleared(names))}>
          Clear filters
        </Button>
      )}
    </Group>
  );
  if (!isNarrow || names.length <= MOST_OPEN) return bar;
  return (
    <details open={isAnySet} className="filters">
      <summary>Filters</summary>
      {bar}
    </details>
  );
}

interface FilterProps {
  readonly name: string;
  readonly label: string;
  /** Other filters that cannot go together with this one. */
  readonly clears?: readonly string[];
}

const cleared = (names: readonly string[] = []) => Object.fromEntries(names.map((name) => [name, undefined]));

/** A text that is searched for once it is complete: with Enter, or when the field is left. */
export function TextFilter({
  name,
  label,
  clears,
  placeholder,
}: FilterProps & { readonly placeholder?: string }) {
  const [filters, change] = useFilters();
  const current = filters[name] ?? '';
  const [text, setText] = useState(current);
  useEffect(() => setText(current), [current]);
  const search = () => {
    if (text.trim() !== current) change({ ...cleared(clears), [name]: text.trim() });
  };
  return (
    <TextInput
      label={label}
      size="sm"
      placeholder={placeholder}
      value={text}
      onChange={({ currentTarget }) => setText(currentTarget.value)}
      onBlur={search}
      onKeyDown={({ key }) => key === 'Enter' && search()}
    />
  );
}

/** One of a few values. */
export function ChoiceFilter({
  name,
  label,
  choices,
  labels = {},
  any = 'Any',
}: FilterProps & {
  readonly choices: readonly string[];
  /** Of choices that do not speak for themselves. */
  readonly labels?: Readonly<Record<string, string>>;
  readonly any?: string;
}) {
  const [filters, change] = useFilters();
  return (
    <NativeSelect
      label={label}
      size="sm"
      data={[
        { value: '', label: any },
        ...choices.map((value) => ({ value, label: labels[value] ?? value })),
      ]}
      value={filters[name] ?? ''}
      onChange={({ currentTarget }) => change({ [name]: currentTarget.value })}
    />
  );
}

/** A time in the zone of the person; the URL has it in UTC. */
export function TimeFilter({ name, label, clears }: FilterProps) {
  const [filters, change] = useFilters();
  return (
    <TextInput
      type="datetime-local"
      step={1}
      label={label}
      size="sm"
      value={localTimeOf(filters[name])}
      onChange={({ currentTarget }) => change({ ...cleared(clears), [name]: utcTimeOf(currentTarget.value) })}
    />
  );
}

/** As an input of type `datetime-local` wants it. */
export function localTimeOf(utc: string | undefined): string {
  const time = utc === undefined ? Number.NaN : Date.parse(utc);
  if (Number.isNaN(time)) return '';
  return new Date(time - new Date(time).getTimezoneOffset() * 60_000).toISOString().slice(0, 19);
}

export function utcTimeOf(local: string): string | undefined {
  const time = new Date(local);
  return Number.isNaN(time.getTime()) ? undefined : time.toISOString();
}
