import { execFile } from "node:child_process";

/** One thing people do with kubectl: a line of arguments, perhaps with something on standard input. */
export interface Job {
  readonly args: string;
  readonly input?: string;
}

/** What a job came to: exit code and both outputs, with names and times taken out. */
export interface JobResult {
  readonly code: number;
  readonly output: string;
}

const DEPLOYMENT = `apiVersion: apps/v1
kind: Deployment
metadata: {name: web, labels: {app: web}}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: main, image: "nginx:1.27"}]}
`;
const BAD = DEPLOYMENT.replace("replicas: 2", "replica: 2");
const DEFINITION = `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: gadgets.jobs.example.com}
spec:
  group: jobs.example.com
  scope: Namespaced
  names: {plural: gadgets, singular: gadget, kind: Gadget, shortNames: [gd]}
  versions:
  - name: v1
    served: true
    storage: true
    subresources: {status: {}}
    additionalPrinterColumns: [{name: Size, type: integer, jsonPath: .spec.size}]
    schema:
      openAPIV3Schema:
        type: object
        properties:
          spec: {type: object, properties: {size: {type: integer, maximum: 9}}}
          status: {type: object, properties: {ready: {type: boolean}}}
`;
const GADGET = `apiVersion: jobs.example.com/v1
kind: Gadget
metadata: {name: one}
spec: {size: 3}
`;

const job = (args: string, input?: string): Job => (input === undefined ? { args } : { args, input });

/** In order: later ones use what earlier ones made. All run in the namespace that `{ns}` stands for. */
export const JOBS: readonly Job[] = [
  job("create namespace {ns}"),
  job("apply -f -", DEPLOYMENT),
  job("apply -f -", DEPLOYMENT),
  job("apply -f -", DEPLOYMENT.replace("replicas: 2", "replicas: 3")),
  job("apply --server-side -f -", DEPLOYMENT),
  job("apply --server-side --field-manager=other -f -", DEPLOYMENT.replace("replicas: 2", "replicas: 5")),
  job(
    "apply --server-side --field-manager=other --force-conflicts -f -",
    DEPLOYMENT.replace("replicas: 2", "replicas: 5"),
  ),
  job("apply --dry-run=server -f -", DEPLOYMENT.replace("nginx:1.27", "nginx:1.28")),
  job("apply --dry-run=client -f -", DEPLOYMENT),
  job("diff -f -", DEPLOYMENT.replace("nginx:1.27", "nginx:1.28")),
  job("apply -f -", BAD),
  job("get deployments"),
  job("get deployments -o wide"),
  job("get deployment web -o name"),
  job("get deployment web -o jsonpath={.spec.template.spec.containers[*].image}"),
  job("get deployment web -o yaml"),
  job("get deployments -o custom-columns=N:.metadata.name,R:.spec.replicas"),
  job("get deployments --show-labels"),
  job("get all"),
  job("get deployment nope"),
  job("get nonsense"),
  job("describe deployment web"),
  job("scale deployment web --replicas=1"),
  job("autoscale deployment web --min=1 --max=3 --cpu-percent=50"),
  job("get hpa"),
  job("set image deployment/web main=nginx:1.29"),
  job("rollout history deployment/web"),
  job("rollout restart deployment/web"),
  job("label deployment web tier=front"),
  job("annotate deployment web note=hello"),
  job('patch deployment web -p {"spec":{"replicas":4}}'),
  job('patch deployment web --type=merge -p {"spec":{"paused":true}}'),
  job('patch deployment web --type=json -p [{"op":"replace","path":"/spec/replicas","value":2}]'),
  job('patch deployment web --subresource=status --type=merge -p {"status":{"replicas":2}}'),
  job('patch deployment web -p {"spec":{"selector":{"matchLabels":{"a":"b"}}}}'),
  job("expose deployment web --port=80"),
  job("get services"),
  job("create configmap settings --from-literal=a=1"),
  job("create secret generic hidden --from-literal=a=1"),
  job("create serviceaccount robot"),
  job("create role reader --verb=get --resource=pods"),
  job("create rolebinding reader --role=reader --serviceaccount={ns}:robot"),
  job("create quota limits --hard=pods=10"),
  job("create job once --image=busybox"),
  job("create cronjob often --image=busybox --schedule=*/5_*_*_*_*"),
  job("create ingress web --rule=a.example.com/*=web:80"),
  job("create poddisruptionbudget web --selector=app=web --min-available=1"),
  job("create priorityclass jobs-high --value=1000"),
  job("get configmap,secret,role,rolebinding,quota,job,cronjob,ingress,pdb"),
  job("get configmap settings -o json"),
  job("run lonely --image=busybox --restart=Never"),
  job("get pods"),
  job("wait --for=jsonpath={.status.phase}=Pending pod/lonely --timeout=5s"),
  job("delete pod lonely"),
  job("apply -f -", DEFINITION),
  job("wait --for=condition=established crd/gadgets.jobs.example.com --timeout=10s"),
  job("apply -f -", GADGET),
  job("apply -f -", GADGET.replace("size: 3", "size: 30")),
  job("apply -f -", GADGET.replace("size: 3", "sice: 3")),
  job("get gadgets"),
  job("get gd one -o yaml"),
  job('patch gadget one --subresource=status --type=merge -p {"status":{"ready":true}}'),
  job("explain gadget.spec"),
  job("delete gadget one"),
  job("delete crd gadgets.jobs.example.com"),
  job("auth can-i create pods"),
  job("auth can-i create pods --as=system:serviceaccount:{ns}:robot"),
  job("auth can-i get pods --as=system:serviceaccount:{ns}:robot"),
  job("get secrets --as=bob"),
  job("api-versions"),
  job("api-resources --api-group=apps"),
  job("api-resources -o name --api-group="),
  job("get --raw /healthz"),
  job("get configmaps --chunk-size=1 -o name --field-selector=metadata.name=settings"),
  job("replace -f -", DEPLOYMENT),
  job("delete deployment web --cascade=orphan"),
  job("delete configmap settings --dry-run=server"),
  job("delete configmap settings"),
  job("delete configmap settings"),
];

export function runJob(
  kubectl: string,
  kubeconfig: string,
  namespace: string,
  { args, input }: Job,
): Promise<JobResult> {
  // No job needs a space inside an argument but cron's, which writes `_`.
  const filled = args.replaceAll("{ns}", namespace);
  const words = filled.split(" ").map((word) => (word.startsWith("--schedule=") ? word.replaceAll("_", " ") : word));
  const all = ["--kubeconfig", kubeconfig, "--namespace", namespace, ...words];
  return new Promise((resolve) => {
    const child = execFile(
      kubectl,
      all,
      { timeout: 30_000, env: { ...process.env, KUBECTL_EXTERNAL_DIFF: "diff -u" } },
      (error, stdout, stderr) => {
        const code = error === null ? 0 : typeof error.code === "number" ? error.code : 1;
        resolve({ code, output: withoutOwn(`${stdout}${stderr}`) });
      },
    );
    child.stdin?.end(input ?? "");
  });
}

/** Output without ages, times, identities, addresses and temporary paths; runs of spaces count once, as columns follow widths. */
function withoutOwn(text: string): string {
  return (
    text
      // A patched object is printed whole, and Go orders its fields otherwise.
      .replace(/patch: Invalid value: "\{.*\}": /g, "patch: Invalid value: PATCHED: ")
      .replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, "UID")
      .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g, "TIME")
      .replace(/\w{3}, \d\d \w{3} \d{4} [\d:]+ [+-]\d{4}/g, "TIME")
      .replace(/(resourceVersion|"resourceVersion"): "\d+"/g, "$1: *")
      .replace(/10\.96\.\d+\.\d+/g, "ADDRESS")
      .replace(/127\.0\.0\.1:\d+/g, "SERVER")
      .replace(/\b\d+(ms|s|m)\b/g, "AGE")
      .replace(/\/tmp\/(LIVE|MERGED)-\d+/g, "/tmp/$1")
      .replace(/[ \t]+/g, " ")
      .split("\n")
      .filter((line) => !line.startsWith("WARNING: version difference") && !/^(---|\+\+\+|diff -u)/.test(line))
      .join("\n")
  );
}
