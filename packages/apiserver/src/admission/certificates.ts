import { isJsonObject } from "@fairlead/base";
import type { KubeObject } from "@fairlead/apimachinery";
import { readSigningRequest } from "@fairlead/apimachinery";
import type { Rbac } from "../auth/rbac.ts";
import { forbidden } from "../http/status.ts";
import type { AdmissionRequest, Admitter } from "./types.ts";

const GROUP = "certificates.k8s.io";
const CLIENT_SIGNER = "kubernetes.io/kube-apiserver-client";

/** Approving and signing are rights of their own, to a signer or to all of a domain (plugin/pkg/admission/certificates). */
export function signingRights(rbac: Rbac): Admitter {
  return (request) => {
    const { resource, subresource, object, oldObject, operation } = request;
    if (resource.group !== GROUP || resource.plural !== "certificatesigningrequests" || object === undefined) return;
    if (operation === "CREATE" && subresource === "") return refuseMasters(request, object);
    if (operation !== "UPDATE" || oldObject === undefined || request.context.isInternal === true) return;
    const isSigning = subresource === "status" && partOf(object, "certificate") !== partOf(oldObject, "certificate");
    const verb = subresource === "approval" ? "approve" : isSigning ? "sign" : undefined;
    if (verb === undefined) return;
    const signer = textOf(oldObject, "signerName");
    if (mayUse(rbac, request, verb, signer) || mayUse(rbac, request, verb, `${signer.split("/")[0]}/*`)) return;
    const text = `user not permitted to ${verb} requests with signerName ${JSON.stringify(signer)}`;
    throw forbidden(resource, object.metadata.name ?? "", text);
  };
}

/** The group that may do everything is not to be had by asking (CertificateSubjectRestriction). */
function refuseMasters({ resource }: AdmissionRequest, object: KubeObject): void {
  if (textOf(object, "signerName") !== CLIENT_SIGNER) return;
  const read = readSigningRequest(Buffer.from(textOf(object, "request"), "base64").toString("latin1"));
  if ("fault" in read || !read.organizations.includes("system:masters")) return;
  const text = `use of ${CLIENT_SIGNER} signer with system:masters group is not allowed`;
  throw forbidden(resource, object.metadata.name ?? "", text);
}

function mayUse(rbac: Rbac, { context }: AdmissionRequest, verb: string, name: string): boolean {
  return rbac.decide({
    user: context.user,
    verb,
    isResource: true,
    path: "",
    group: GROUP,
    version: "*",
    resource: "signers",
    subresource: "",
    namespace: "",
    name,
  }).allowed;
}

function textOf(object: KubeObject, field: string): string {
  const value = isJsonObject(object["spec"]) ? object["spec"][field] : undefined;
  return typeof value === "string" ? value : "";
}

function partOf(object: KubeObject, field: string): unknown {
  return isJsonObject(object["status"]) ? object["status"][field] : undefined;
}
