/** A value that a field is compared with. */
export type FilterValue = string | number | boolean | null;

/**
 * Conditions on fields, by path: `data.customer.id`, `metadata.actor`. All must be true; a list is true when the field
 * equals one of its values. A field that is absent equals `null`.
 */
export type EventFilter = Readonly<Record<string, FilterValue | readonly FilterValue[]>>;
