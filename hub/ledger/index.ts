export { promotionLines } from "./blocks.ts";
export { createLedger, type Ledger, type Note } from "./ledger.ts";
