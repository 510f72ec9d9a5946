import type { Command } from "commander";
import { problemError } from "@fairlead/base";
import { decideWindows } from "../project/windows.ts";
import { commandClock } from "./destination.ts";
import type { HubContext, RunOnHub } from "./hub-command.ts";
import { table, valueText, type OutputFormat } from "./output.ts";
import { outputOption } from "./program.ts";
import { changeProject, projectOf } from "./project-object.ts";

interface WindowFlags {
  readonly kind?: string;
  readonly schedule?: string;
  readonly duration?: string;
  readonly timeZone?: string;
  readonly applications?: string;
  readonly namespaces?: string;
  readonly clusters?: string;
  readonly manualSync?: boolean;
}

/** `fairlead project windows …`; a window is named by its number in the list, counted from 0. */
export function addWindowCommands(root: Command, run: RunOnHub): void {
  const windows = root.command("windows").description("when syncs may run");
  const described = (command: Command): Command =>
    command
      .option("--schedule <cron>", "when it opens, e.g. '0 22 * * *'")
      .option("--duration <duration>", "how long it is open, e.g. 1h")
      .option("--time-zone <zone>", "IANA name; default UTC")
      .option("--applications <globs>", "comma-separated")
      .option("--namespaces <globs>", "comma-separated")
      .option("--clusters <globs>", "comma-separated");
  windows
    .command("list")
    .argument("<project>")
    .addOption(outputOption(["wide", "json", "yaml"]))
    .action(run(list));
  described(windows.command("add").argument("<project>").option("-k, --kind <kind>", "allow or deny", "allow"))
    .option("--manual-sync", "syncs by hand are let through")
    .action(run(add));
  described(windows.command("update").argument("<project>").argument("<id>")).action(run(update));
  windows.command("delete").argument("<project>").argument("<id>").action(run(remove));
  windows
    .command("enable-manual-sync")
    .argument("<project>")
    .argument("<id>")
    .action(run(manual(true)));
  windows
    .command("disable-manual-sync")
    .argument("<project>")
    .argument("<id>")
    .action(run(manual(false)));
}

type Window = Record<string, unknown>;

function listOf(text: string | undefined): string[] | undefined {
  return text?.split(",").map((part) => part.trim());
}

function fieldsOf(flags: WindowFlags): Window {
  const fields = {
    kind: flags.kind,
    schedule: flags.schedule,
    duration: flags.duration,
    timeZone: flags.timeZone,
    applications: listOf(flags.applications),
    namespaces: listOf(flags.namespaces),
    clusters: listOf(flags.clusters),
    manualSync: flags.manualSync,
  };
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

async function list(context: HubContext, name: string, options: { output: OutputFormat }): Promise<void> {
  const { object, project } = await projectOf(context, name);
  const { io } = context;
  const { output } = options;
  const written = ((object["spec"] ?? {}) as { syncWindows?: Window[] }).syncWindows ?? [];
  if (output === "json" || output === "yaml") return io.stdout.write(valueText(written, output));
  const text = (value: unknown): string => (Array.isArray(value) ? value.join(",") : String(value ?? "-"));
  const any = { application: "*", namespace: "*", server: "*", clusterName: "*" };
  const rows = written.map((window, index) => {
    const one = project.spec.syncWindows[index];
    // An allow window that stands alone permits exactly while it is open, a deny window while it is shut.
    const alone = one && { ...one, applications: ["*"], namespaces: [], clusters: [] };
    const permits = alone && decideWindows([alone], any, commandClock.now(), { isManual: false }).canSync;
    const isOpen = permits === undefined ? "?" : permits === (one?.kind === "allow") ? "Active" : "Inactive";
    return [
      String(index),
      isOpen,
      ...[window["kind"], window["schedule"], window["duration"]].map(text),
      ...[window["applications"], window["namespaces"], window["clusters"]].map(text),
      window["manualSync"] === true ? "Enabled" : "Disabled",
      text(window["timeZone"] ?? "UTC"),
    ];
  });
  const header = [
    "id",
    "status",
    "kind",
    "schedule",
    "duration",
    "applications",
    "namespaces",
    "clusters",
    "manualsync",
    "timezone",
  ];
  io.stdout.write(table(header, rows));
}

async function add(context: HubContext, name: string, flags: WindowFlags): Promise<void> {
  await changeProject(context, name, (spec) => ({
    ...spec,
    syncWindows: [...(spec["syncWindows"] ?? []), fieldsOf(flags)],
  }));
}

function change(context: HubContext, name: string, id: string, to: (window: Window) => Window[]): Promise<void> {
  return changeProject(context, name, (spec) => {
    const windows = (spec["syncWindows"] ?? []) as Window[];
    const index = Number(id);
    if (!/^\d+$/.test(id) || index >= windows.length) {
      throw problemError("InvalidInput", `project ${name} has no window ${id}`, {
        hint: "fairlead project windows list shows them",
      });
    }
    return { ...spec, syncWindows: windows.flatMap((window, at) => (at === index ? to(window) : [window])) };
  });
}

function update(context: HubContext, name: string, id: string, flags: WindowFlags): Promise<void> {
  return change(context, name, id, (window) => [{ ...window, ...fieldsOf(flags) }]);
}

function remove(context: HubContext, name: string, id: string): Promise<void> {
  return change(context, name, id, () => []);
}

function manual(isOn: boolean) {
  return (context: HubContext, name: string, id: string): Promise<void> =>
    change(context, name, id, (window) => [{ ...window, manualSync: isOn }]);
}
