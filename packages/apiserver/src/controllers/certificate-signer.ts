import { readSigningRequest, type KubeObject, type SigningRequest } from "@fairlead/apimachinery";
import { isJsonObject, type JsonObject } from "@fairlead/base";
import { LEAF_LIFETIME_MS, type CertificateRequest } from "../auth/certificates.ts";
import type { Pki } from "../auth/pki.ts";
import { LIMITS } from "../limits.ts";
import type { Resource } from "../registry/types.ts";
import type { Internal } from "./internal.ts";

const REQUESTS = "certificates.k8s.io/certificatesigningrequests";

/** What a signer of kube-controller-manager gives, and only gives (pkg/controller/certificates/signer). */
interface Signer {
  readonly required: readonly string[];
  readonly optional: readonly string[];
  /** What is wrong with a request for it, besides its usages. */
  fault(request: SigningRequest): string | undefined;
  readonly noun: string;
}

const KEY_USAGES = ["digital signature", "key encipherment"];
const SIGNERS: ReadonlyMap<string, Signer> = new Map([
  [
    "kubernetes.io/kube-apiserver-client",
    { required: ["client auth"], optional: KEY_USAGES, fault: () => undefined, noun: "client" },
  ],
  [
    "kubernetes.io/kube-apiserver-client-kubelet",
    { required: ["client auth", "digital signature"], optional: KEY_USAGES, fault: kubeletFault, noun: "client" },
  ],
  [
    "kubernetes.io/kubelet-serving",
    { required: ["server auth", "digital signature"], optional: KEY_USAGES, fault: servingFault, noun: "server" },
  ],
]);

function kubeletFault(request: SigningRequest): string | undefined {
  if (request.otherNames !== undefined) return "DNS subjectAltNames are not allowed";
  return nodeFault(request);
}

function servingFault(request: SigningRequest): string | undefined {
  return request.otherNames === undefined ? "at least one DNS or IP subjectAltName is required" : nodeFault(request);
}

function nodeFault({ organizations, commonName }: SigningRequest): string | undefined {
  if (organizations.length !== 1 || organizations[0] !== "system:nodes")
    return "subject organization is not system:nodes";
  return commonName.startsWith("system:node:") ? undefined : "subject common name does not begin with system:node:";
}

/** Signs what was approved with the cluster's own authority, so that an approved client can come with its certificate. */
export class CertificateSigner {
  readonly #internal: Internal;
  readonly #pki: Pki;
  readonly #resource: Resource;

  constructor(internal: Internal, pki: Pki) {
    this.#internal = internal;
    this.#pki = pki;
    this.#resource = internal.resource("certificates.k8s.io", "v1", "certificatesigningrequests");
  }

  start(): () => void {
    const { store } = this.#internal.registry;
    for (const entry of store.collection(REQUESTS).list()) this.#look(entry.parse() as KubeObject);
    return store.onCommit((events) => {
      for (const { entry, type } of events)
        if (entry.resource === REQUESTS && type !== "DELETED") this.#look(entry.parse() as KubeObject);
    });
  }

  #look(request: KubeObject): void {
    const spec = partOf(request, "spec");
    const signer = SIGNERS.get(String(spec["signerName"]));
    if (signer === undefined || !isWaiting(request)) return;
    const name = request.metadata.name ?? "";
    this.#internal.run(
      "a certificate could not be signed",
      this.#internal.change(this.#resource, "", name, (now) => this.#answer(now, signer), "status"),
    );
  }

  #answer(request: KubeObject, signer: Signer): void {
    if (!isWaiting(request)) return;
    const status = partOf(request, "status");
    const spec = partOf(request, "spec");
    const read = readSigningRequest(Buffer.from(String(spec["request"]), "base64").toString("latin1"));
    const usages = (Array.isArray(spec["usages"]) ? spec["usages"] : []).map(String);
    const fault = "fault" in read ? read.fault : (usageFault(usages, signer) ?? signer.fault(read));
    if (fault !== undefined || "fault" in read) {
      const failed = { type: "Failed", status: "True", reason: "SignerValidationFailure", message: fault ?? "" };
      request["status"] = { ...status, conditions: [...conditionsIn(status), failed] };
      return;
    }
    const certificate = this.#pki.sign(this.#wanted(read, spec, usages));
    request["status"] = { ...status, certificate: Buffer.from(certificate).toString("base64") };
  }

  #wanted(read: SigningRequest, spec: JsonObject, usages: readonly string[]): CertificateRequest {
    const nowMs = this.#internal.registry.clock.now();
    const asked = spec["expirationSeconds"];
    const lifetimeMs = typeof asked === "number" ? Math.min(asked * 1000, LEAF_LIFETIME_MS) : LEAF_LIFETIME_MS;
    return {
      ...read,
      fromMs: nowMs - LIMITS.certificateBackdatedMs,
      untilMs: nowMs + lifetimeMs,
      usages: usages as CertificateRequest["usages"],
    };
  }
}

function usageFault(usages: readonly string[], { required, optional, noun }: Signer): string | undefined {
  const isGood =
    required.every((usage) => usages.includes(usage)) &&
    usages.every((usage) => required.includes(usage) || optional.includes(usage));
  return isGood ? undefined : `invalid usages for ${noun} certificate: ${usages.join(",")}`;
}

/** Approved, and neither answered nor refused yet. */
function isWaiting(request: KubeObject): boolean {
  const status = partOf(request, "status");
  const has = (name: string): boolean => conditionsIn(status).some(({ type }) => type === name);
  const isUnanswered = status["certificate"] === undefined || status["certificate"] === "";
  return isUnanswered && has("Approved") && !has("Denied") && !has("Failed");
}

function conditionsIn(status: JsonObject): JsonObject[] {
  const { conditions } = status;
  return Array.isArray(conditions) ? conditions.filter(isJsonObject) : [];
}

function partOf(object: KubeObject, name: string): JsonObject {
  return isJsonObject(object[name]) ? object[name] : {};
}
