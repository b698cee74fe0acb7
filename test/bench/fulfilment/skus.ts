/** Skus of the shop: each order takes two of them, as in a shop in which some things sell well and none alone. */
export const SKUS = 100;
export const skuOf = (index: number): string => `sku-${index % SKUS}`;
