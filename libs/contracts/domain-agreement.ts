import type { StockEvent } from '#libs/inventory';
import type { DomainEvent, EventMetadata } from '#libs/kernel';
import type { OrderEvent } from '#libs/orders';
import type { SubscriptionEvent } from '#libs/webhooks';
import type { InventoryEvents } from './generated/inventory.js';
import type { EventMetadata as EventMetadataRecord } from './generated/metadata.js';
import type { OrdersEvents } from './generated/orders.js';
import type { WebhooksEvents } from './generated/webhooks.js';

/** Compares the schemas with the domain's events at compile time: if they differ, this file does not compile. */

/** The events of a topic as a union, from the generated map of their data by type. */
type EventsOf<Topic> = { [Type in keyof Topic & string]: DomainEvent<Type, Topic[Type]> }[keyof Topic &
  string];

/** Mutually assignable: no field is missing, extra, optional on one side, or of a different type. */
type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;
type Agreed<_ extends true> = true;

export type MetadataAgree = Agreed<Same<EventMetadataRecord, EventMetadata>>;
export type OrdersAgree = Agreed<Same<EventsOf<OrdersEvents>, OrderEvent>>;
export type StockAgree = Agreed<Same<EventsOf<InventoryEvents>, StockEvent>>;
export type WebhooksAgree = Agreed<Same<EventsOf<WebhooksEvents>, SubscriptionEvent>>;
