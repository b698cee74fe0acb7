export { OrderStories, type OrderStory } from './order-stories.js';
export {
  type OrderStoryDocument,
  type OrderStoryQuery,
  orderStoryQuerySchema,
  orderStorySchema,
  placeDocument,
  storyNodeDocument,
} from './order-story.schemas.js';
