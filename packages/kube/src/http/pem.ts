/** Kubeconfigs hold PEM in base64; certificates handed out in process come as they are. */
export function pem(data: string | undefined): string | undefined {
  if (data === undefined || data === "") return undefined;
  return data.includes("-----BEGIN") ? data : Buffer.from(data, "base64").toString("utf8");
}
