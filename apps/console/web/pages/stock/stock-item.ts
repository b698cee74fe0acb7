import type { Answer } from '../../api/answer';

export type StockItem = Answer<'/v1/stock/{sku}'>;

export const isLow = ({ available, lowAt }: StockItem): boolean => lowAt !== undefined && available <= lowAt;
