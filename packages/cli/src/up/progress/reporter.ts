import type { AppEvents } from "@fairlead/apps";
import type { Io } from "../../io.ts";
import type { UpOptions } from "../options.ts";
import type { RunningServer } from "../servers.ts";
import { fleetTable, shortPath, thingsToTry } from "../summary.ts";
import { FleetDrawing } from "./draw.ts";
import { countRows, type Row } from "./model.ts";
import { narrate } from "./narrate.ts";
import type { FleetView } from "./view.ts";

const REDRAW_EVERY_MS = 100;

/** What a person, or a machine with --json, is told while the control plane runs. */
export interface Reporter {
  ready(servers: readonly RunningServer[]): void;
  settled(): void;
  notSettled(): void;
  close(): void;
}

export function createReporter(io: Io, options: UpOptions, view: FleetView, events: AppEvents): Reporter {
  if (options.json) return jsonReporter(io, options, view, events);
  return options.isDemo ? textReporter(io, options, view, events) : quietReporter(io, options, view);
}

function textReporter(io: Io, options: UpOptions, view: FleetView, events: AppEvents): Reporter {
  // From the start of the process: what a person waited for, imports and servers included.
  const elapsedMs = (): number => performance.now();
  const { stdout } = io;
  const drawing = stdout.isTerminal ? new FleetDrawing(stdout) : undefined;
  const redraw = drawing && setInterval(() => drawing.draw(view.rows, elapsedMs()), REDRAW_EVERY_MS);
  let isSettled = false;
  const stopRows = view.onRow((row) => {
    if (!drawing && !isSettled) stdout.write(`${seconds(elapsedMs())}  ${rowLine(row)}\n`);
  });
  const stopEvents = events.subscribe((event) => {
    // Until the fleet stands the drawing tells it all; afterwards each thing that happens gets a line.
    const line = isSettled ? narrate(event) : undefined;
    if (line !== undefined) stdout.write(`${new Date().toISOString().slice(11, 19)}  ${line}\n`);
  });
  const finish = (): void => {
    clearInterval(redraw);
    if (!isSettled) drawing?.draw(view.rows, elapsedMs());
    isSettled = true;
  };
  return {
    ready(servers) {
      const names = servers.slice(1).map((server) => server.name);
      stdout.write(`Fairlead: hub ${servers[0]?.api.url}, clusters ${names.join(", ") || "none"}\n`);
    },
    settled() {
      finish();
      stdout.write(`\n${fleetTable(view.rows)}\n`);
      stdout.write(`Everything is Synced and Healthy after ${seconds(elapsedMs()).trim()}.\n`);
      stdout.write(`kubeconfig: ${shortPath(io.cwd, options.kubeconfigPath)}\n\n`);
      if (options.once) return;
      const fleetDirectory = `${options.dataDirectory}/fleet`;
      const { kubeconfigPath } = options;
      stdout.write(thingsToTry({ kubeconfigPath, fleetDirectory, cwd: io.cwd, path: io.env["PATH"] ?? "" }));
      stdout.write("\nCtrl-C ends it; the next start resumes here.\n");
    },
    notSettled() {
      finish();
      stdout.write(`\n${fleetTable(view.rows)}\n`);
      tellReasons(io, options, view);
    },
    close() {
      clearInterval(redraw);
      stopRows();
      stopEvents();
    },
  };
}

/** Without the demo log lines are the output, and only --once has something to say at the end. */
function quietReporter(io: Io, options: UpOptions, view: FleetView): Reporter {
  return {
    ready: () => undefined,
    settled: () => io.stdout.write(fleetTable(view.rows)),
    notSettled: () => tellReasons(io, options, view),
    close: () => undefined,
  };
}

function jsonReporter(io: Io, options: UpOptions, view: FleetView, events: AppEvents): Reporter {
  let lines = "";
  const flush = (): void => {
    if (lines !== "") io.stdout.write(lines);
    lines = "";
  };
  // A write to a pipe waits for the reader's side of the system: one for all that happened in a tick.
  const say = (type: string, fields: object): void => {
    if (lines === "") setImmediate(flush);
    lines += `${JSON.stringify({ time: new Date().toISOString(), type, ...fields })}\n`;
  };
  const stopRows = view.onRow((row) => say("application", row));
  const stopEvents = events.subscribe((event) => say("event", event));
  return {
    ready: (servers) =>
      say("ready", {
        kubeconfig: options.kubeconfigPath,
        servers: servers.map(({ name, api }) => ({ name, url: api.url })),
      }),
    settled: () => say("settled", countRows(view.rows)),
    notSettled: () => say("notSettled", { ...countRows(view.rows), reasons: view.reasons }),
    close() {
      stopRows();
      stopEvents();
      flush();
    },
  };
}

function tellReasons(io: Io, options: UpOptions, view: FleetView): void {
  io.stderr.write(`fairlead: the fleet is not Synced and Healthy after ${options.timeoutMs / 1000} s:\n`);
  for (const reason of view.reasons) io.stderr.write(`  ${reason}\n`);
}

function rowLine(row: Row): string {
  const what = row.isFailed ? `failing: ${row.message ?? row.health}` : row.stage;
  return `${row.name} on ${row.destination}: ${what} (${row.objects} objects)`;
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(2).padStart(6)} s`;
}
