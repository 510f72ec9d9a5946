export { pino } from "pino";
