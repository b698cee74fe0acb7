export type FilterValue = string | number | boolean | null;

/**
 * Conditions on fields by path, such as `data.customer.id` or `metadata.actor`. All must hold; a list holds when the field
 * equals one of its values. An absent field equals `null`.
 */
export type EventFilter = Readonly<Record<string, FilterValue | readonly FilterValue[]>>;
