export { createDeliveries } from "./deliveries.ts";
