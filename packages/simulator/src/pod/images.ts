import { createHash } from "node:crypto";

/** How container runtimes name images: with registry and, for Docker's own, `library`. */
export function fullImageName(image: string): string {
  const [name = "", digest] = image.split("@");
  const slash = name.indexOf("/");
  const registry = slash < 0 ? "" : name.slice(0, slash);
  const hasRegistry = registry.includes(".") || registry.includes(":") || registry === "localhost";
  const path = hasRegistry ? name : slash < 0 ? `docker.io/library/${name}` : `docker.io/${name}`;
  const isTagged = path.lastIndexOf(":") > path.lastIndexOf("/");
  const tagged = isTagged || digest !== undefined ? path : `${path}:latest`;
  return digest === undefined ? tagged : `${tagged}@${digest}`;
}

/** The digest an image would have: always the same for the same name, as if a tag never moved. */
export function imageId(image: string): string {
  const full = fullImageName(image);
  const [name = "", digest] = full.split("@");
  const repository = name.lastIndexOf(":") > name.lastIndexOf("/") ? name.slice(0, name.lastIndexOf(":")) : name;
  return `${repository}@${digest ?? `sha256:${hex(full)}`}`;
}

export function containerId(podUid: string, container: string, restarts: number): string {
  return `containerd://${hex(`${podUid}/${container}/${restarts}`)}`;
}

function hex(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
