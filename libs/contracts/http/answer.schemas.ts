import { z } from 'zod';

/** Described by its format only: zod's own schema would add a long regular expression to the API description. */
export const timestampSchema = z.string().meta({ format: 'date-time' });

export const pageOf = <Item extends z.ZodType>(item: Item, id: string) =>
  z
    .object({
      items: z.array(item),
      nextPageToken: z.string().optional().describe('Absent on the last page.'),
    })
    .meta({ id });
