export { someCartEvents } from './some-cart.js';
