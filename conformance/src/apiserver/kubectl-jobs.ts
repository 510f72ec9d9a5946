import type { Job } from "./kubectl.ts";
import { MORE_JOBS } from "./kubectl-more-jobs.ts";

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
export const FIRST_JOBS: readonly Job[] = [
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
  job("create cronjob often --image=busybox --schedule='*/5 * * * *'"),
  job("create ingress web --rule=a.example.com/*=web:80"),
  job("create poddisruptionbudget web --selector=app=web --min-available=1"),
  job("create priorityclass jobs-high --value=1000"),
  job("get configmap,secret,role,rolebinding,quota,job,cronjob,ingress,pdb"),
  job("get configmap settings -o json"),
  job("run lonely --image=busybox --restart=Never"),
  job("get pods"),
  job("wait --for=jsonpath={.status.phase}=Pending pod/lonely --timeout=120s"),
  job("delete pod lonely"),
  job("apply -f -", DEFINITION),
  job("wait --for=condition=established crd/gadgets.jobs.example.com --timeout=120s"),
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
  job("delete deployment web --cascade=orphan --wait=false"),
  job("delete configmap settings --dry-run=server"),
  job("delete configmap settings"),
  job("delete configmap settings"),
];

const LAST = 4;

/** Everything; the rest goes before the last few, which take away what it needs. */
export const JOBS: readonly Job[] = [...FIRST_JOBS.slice(0, -LAST), ...MORE_JOBS, ...FIRST_JOBS.slice(-LAST)];
