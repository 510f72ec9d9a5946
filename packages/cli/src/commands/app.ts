import { appCommand } from "@fairlead/apps/command";
import type { Command } from "../io.ts";
import { openHubSources } from "../up/command-sources.ts";
import { findRenderKey } from "../up/render-key.ts";

/** `fairlead app`: the commands of the application engine, with sources for those that render. */
export const app: Command = (args, io) =>
  appCommand(args, io, undefined, {
    async openSources(hub, namespace) {
      const renderKey = (await findRenderKey(hub, namespace)) ?? "";
      return openHubSources(io, hub, namespace, renderKey);
    },
  });
