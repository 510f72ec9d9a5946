import type { AppEvent } from "@fairlead/apps";

/** One line for a person about something that happened; undefined for what is of no interest on a screen. */
export function narrate(event: AppEvent): string | undefined {
  const app = event.app.slice(event.app.indexOf("/") + 1);
  const say = (text: string): string => `${app}: ${text}`;
  switch (event.type) {
    case "rendered":
      return say(`rendered at ${event.revision.slice(0, 7)}, because ${event.why} (${event.durationMs.toFixed(1)} ms)`);
    case "applied":
      return event.changed ? say(`applied ${event.object}`) : undefined;
    case "pruned":
      return say(`pruned ${event.object}`);
    case "drift":
      return say(`drift: ${event.message}${event.heals ? "" : " (not healed: selfHeal is off)"}`);
    case "healed":
      return say(`healed ${event.object} in ${event.durationMs.toFixed(0)} ms`);
    case "failed":
      return say(`failed: ${event.message}`);
    case "removed":
      return say("removed");
    case "synced":
      return say(`synced to ${event.revision.slice(0, 7)} in ${event.durationMs.toFixed(0)} ms`);
    case "syncing":
    case "waiting":
    case "status":
      return undefined;
  }
}
