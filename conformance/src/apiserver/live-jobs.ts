import type { Job } from "./kubectl.ts";

const job = (args: string, input?: string): Job => (input === undefined ? { args } : { args, input });

const workload = (kind: string, name: string, more = ""): string => `apiVersion: apps/v1
kind: ${kind}
metadata: {name: ${name}, labels: {app: ${name}}}
spec:
  ${kind === "StatefulSet" ? `serviceName: ${name}` : "minReadySeconds: 0"}
  selector: {matchLabels: {app: ${name}}}
  ${more}
  template:
    metadata: {labels: {app: ${name}}}
    spec: {containers: [{name: main, image: "nginx:1.27"}]}
`;

const POLICY = `apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: live-types}
spec:
  matchConstraints:
    resourceRules:
      - {apiGroups: [apps], apiVersions: [v1], operations: [CREATE], resources: [deployments, statefulsets]}
      - {apiGroups: ["*"], apiVersions: [v1], operations: [CREATE], resources: [pods]}
  variables: [{name: wanted, expression: object.spec.replicas}]
  validations:
    - {expression: "object.spec.replicas > 1"}
    - {expression: "object.spec.replicas == 'two' || object.spec.nope == 1", messageExpression: "'x' + object.metadata.nope"}
    - {expression: "variables.wanted == 'three' && object.metadata.labels.app == 'x'"}
    - {expression: "object.spec.template.spec.containers.all(c, c.image.startsWith('a') && c.imagine == 1)"}
    - {expression: "object.spec.template.spec.containers[0].resources.limits['cpu'] == '1' && object.spec.strategy.type == 'x'"}
`;

/** What people do while somebody makes their workloads run: here the simulator, there kube-controller-manager. */
export const LIVE_JOBS: readonly Job[] = [
  job("create namespace {ns}"),
  job("wait --for=jsonpath={.metadata.name}=default serviceaccount/default --timeout=120s"),
  job("apply -f -", workload("Deployment", "web", "replicas: 2")),
  job("rollout status deployment/web --timeout=120s"),
  job("get deployment,replicaset web"),
  job("get deployments"),
  job("get pods -l app=web"),
  job("get replicasets -o wide"),
  job("annotate deployment web kubernetes.io/change-cause=second"),
  job("set image deployment/web main=nginx:1.28"),
  job("rollout status deployment/web --timeout=120s"),
  job("wait --for=delete pod -l app=web,gone=yes --timeout=120s"),
  job("get replicasets"),
  job("rollout history deployment/web"),
  job("rollout history deployment/web --revision=1"),
  job("rollout undo deployment/web"),
  job("rollout status deployment/web --timeout=120s"),
  job("rollout history deployment/web"),
  job("scale deployment web --replicas=3"),
  job("wait --for=condition=Available deployment/web --timeout=120s"),
  job("wait --for=jsonpath={.status.readyReplicas}=3 deployment/web --timeout=120s"),
  job("wait --for=condition=Ready pod -l app=web --timeout=120s"),
  job("describe deployment web"),
  job("describe pod -l app=web"),
  job("get pods -o wide"),
  job("expose deployment web --port=80"),
  job(
    "wait --for=jsonpath={.endpoints[2].conditions.ready}=true endpointslice -l kubernetes.io/service-name=web --timeout=120s",
  ),
  job("get endpointslices -l kubernetes.io/service-name=web -o jsonpath={.items[*].endpoints[*].conditions.ready}"),
  job("describe service web"),
  job("create poddisruptionbudget web --selector=app=web --min-available=2"),
  job("wait --for=condition=DisruptionAllowed pdb/web --timeout=120s"),
  job("get pdb"),
  job("apply -f -", workload("StatefulSet", "db", "replicas: 2")),
  job("rollout status statefulset/db --timeout=120s"),
  job("get statefulset,pod -l app=db"),
  job("set image statefulset/db main=nginx:1.28"),
  job("rollout status statefulset/db --timeout=120s"),
  job("rollout history statefulset/db"),
  job("rollout undo statefulset/db"),
  job("rollout status statefulset/db --timeout=120s"),
  job("describe statefulset db"),
  job("describe pod db-0"),
  job("delete pod db-1 --wait=false"),
  job("apply -f -", workload("DaemonSet", "agent")),
  job("rollout status daemonset/agent --timeout=120s"),
  job("get daemonsets"),
  job("rollout restart daemonset/agent"),
  job("rollout status daemonset/agent --timeout=120s"),
  job("rollout history daemonset/agent"),
  job("describe daemonset agent"),
  job("create job once --image=busybox -- true"),
  job("wait --for=condition=complete job/once --timeout=120s"),
  job("get jobs"),
  job("describe job once"),
  job("create cronjob often --image=busybox --schedule='0 0 1 1 *'"),
  job("create job manual --from=cronjob/often"),
  job("wait --for=condition=complete job/manual --timeout=120s"),
  job("get cronjobs,jobs"),
  job("run lonely --image=busybox --restart=Never"),
  job("wait --for=jsonpath={.status.phase}=Succeeded pod/lonely --timeout=120s"),
  job("get pod lonely"),
  job("delete pod lonely"),
  job("run lonely --image=busybox --restart=Always"),
  job("wait --for=condition=Ready pod/lonely --timeout=120s"),
  job("delete pod lonely"),
  job("wait --for=delete pod/lonely --timeout=120s"),
  job("apply -f -", POLICY),
  job("wait --for=jsonpath={.status.observedGeneration}=1 validatingadmissionpolicy/live-types --timeout=120s"),
  job("get validatingadmissionpolicy live-types -o jsonpath={.status.typeChecking}"),
  job("delete validatingadmissionpolicy live-types"),
  job("create quota limits --hard=pods=20,count/configmaps=5"),
  job("wait --for=jsonpath={.status.used.pods} quota/limits --timeout=120s"),
  job("delete replicaset -l app=web --cascade=orphan"),
  job("rollout status deployment/web --timeout=120s"),
  job("delete deployment web --cascade=foreground"),
  job("get replicasets,pods -l app=web"),
  job("delete statefulset db --cascade=orphan"),
  job("get pods -l app=db"),
  job("delete pods -l app=db"),
  job("delete job once"),
  job("get pods -l job-name=once"),
  job(
    "get events --field-selector=involvedObject.name=web,reason=ScalingReplicaSet -o custom-columns=R:.reason,T:.type,C:.source.component",
  ),
  job("get node sim-0"),
  job("cordon sim-0"),
  job("get node sim-0"),
  job("uncordon sim-0"),
  job("delete namespace {ns}"),
  job("get namespace {ns}"),
];
