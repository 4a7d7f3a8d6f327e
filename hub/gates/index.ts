export { type CheckGate, createGates } from "./gates.ts";
