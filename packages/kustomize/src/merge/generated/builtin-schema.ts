/**
 * Facts about the OpenAPI schema that Kustomize v5.8 has built in (Kubernetes v1.21.2): which lists merge by which keys, and which
 * kinds are cluster-scoped. Made by a script from that schema; only what reaches a merging list is kept.
 *
 * MERGE_NODES, one type a line: `field=type` with a type as a line number, `[` a list of, `{` a map of, `-` one without merging lists;
 * `!a+b` behind a list gives its merge keys, `!` alone merges plain values.
 */
export const MERGE_NODES = `
metadata=1,webhooks=[-!name
finalizers=[-!,ownerReferences=[-!uid
items=[0
metadata=1,webhooks=[-!name
items=[3
metadata=1,webhooks=[-!name
items=[5
metadata=1,webhooks=[-!name
items=[7
metadata=1
items=[9
metadata=1
items=[11
metadata=1,status=14
conditions=[-!type
items=[13
metadata=1,status=17
conditions=[-!type
items=[16
metadata=1
items=[19
metadata=1,spec=22,status=30
template=23
metadata=1,spec=24
containers=[25!name,ephemeralContainers=[26!name,hostAliases=[-!ip,imagePullSecrets=[-!name,initContainers=[25!name,topologySpreadConstraints=[-!topologyKey+whenUnsatisfiable,volumes=[27!name
env=[-!name,ports=[-!containerPort+protocol,volumeDevices=[-!devicePath,volumeMounts=[-!mountPath
env=[-!name,volumeDevices=[-!devicePath,volumeMounts=[-!mountPath
ephemeral=28
volumeClaimTemplate=29
metadata=1
conditions=[-!type
items=[21
metadata=1,spec=33,status=34
template=23
conditions=[-!type
items=[32
metadata=1,spec=37,status=38
template=23
conditions=[-!type
items=[36
metadata=1,spec=41,status=44
template=23,volumeClaimTemplates=[42
metadata=1,status=43
conditions=[-!type
conditions=[-!type
items=[40
metadata=1
metadata=1
metadata=1
metadata=1
metadata=1
metadata=1
metadata=1
metadata=1
metadata=1
metadata=1
metadata=1
metadata=1
items=[57
metadata=1
metadata=1
items=[60
metadata=1
items=[62
metadata=1,spec=65
jobTemplate=66
metadata=1,spec=67
template=23
items=[64
metadata=1,spec=67,status=70
conditions=[-!type
items=[69
metadata=1,spec=73
jobTemplate=74
metadata=1,spec=67
items=[72
metadata=1
items=[76
metadata=1
items=[78
metadata=1
items=[80
metadata=1
items=[82
metadata=1
items=[84
metadata=1
items=[86
metadata=1
items=[88
metadata=1
items=[90
metadata=1
items=[92
metadata=1
items=[94
metadata=1
items=[96
configMapGenerator=[-!name,secretGenerator=[-!name
metadata=1
metadata=1
items=[100
items=[99
metadata=1
items=[103
metadata=1
metadata=1
items=[106
items=[105
metadata=1
items=[109
metadata=1
items=[111
metadata=1,status=114
conditions=[-!type
items=[113
metadata=1
metadata=1,status=118
conditions=[-!type
items=[117
metadata=1
items=[120
metadata=1
metadata=1
items=[123
items=[122
metadata=1
metadata=1
items=[127
items=[126
metadata=1
metadata=1
items=[131
items=[130
metadata=1
metadata=1
items=[135
items=[134
metadata=1
items=[138
metadata=1
items=[140
metadata=1
items=[142
metadata=1,spec=145
drivers=[-!name
items=[144
metadata=1
items=[147
metadata=1
items=[149
metadata=1
items=[151
metadata=1,spec=154
drivers=[-!name
items=[153
metadata=1
items=[156
metadata=1
items=[158
metadata=1
items=[160
metadata=1
conditions=[-!type,metadata=1
items=[163
metadata=1
items=[165
metadata=1
items=[167
metadata=1
items=[169
metadata=1
items=[171
metadata=1,status=174
conditions=[-!type
items=[173
metadata=1,spec=177,status=178
podCIDRs=[-!
addresses=[-!type,conditions=[-!type
items=[176
metadata=1
items=[42
items=[180
metadata=1,spec=24,status=184
conditions=[-!type,podIPs=[-!ip
items=[183
metadata=1,template=23
items=[186
metadata=1,spec=189,status=190
template=23
conditions=[-!type
items=[188
metadata=1
items=[192
metadata=1
items=[194
metadata=1,spec=197,status=198
ports=[-!port+protocol
conditions=[-!type
metadata=1,secrets=[-!name
items=[199
items=[196
`;

/** apiVersion, then `Kind=line`. */
export const MERGE_KINDS = `
admissionregistration.k8s.io/v1 MutatingWebhookConfiguration=0 MutatingWebhookConfigurationList=2 ValidatingWebhookConfiguration=3 ValidatingWebhookConfigurationList=4
admissionregistration.k8s.io/v1beta1 MutatingWebhookConfiguration=5 MutatingWebhookConfigurationList=6 ValidatingWebhookConfiguration=7 ValidatingWebhookConfigurationList=8
apiextensions.k8s.io/v1 CustomResourceDefinition=9 CustomResourceDefinitionList=10
apiextensions.k8s.io/v1beta1 CustomResourceDefinition=11 CustomResourceDefinitionList=12
apiregistration.k8s.io/v1 APIService=13 APIServiceList=15
apiregistration.k8s.io/v1beta1 APIService=16 APIServiceList=18
apps/v1 ControllerRevision=19 ControllerRevisionList=20 DaemonSet=21 DaemonSetList=31 Deployment=32 DeploymentList=35 ReplicaSet=36 ReplicaSetList=39 StatefulSet=40 StatefulSetList=45
authentication.k8s.io/v1 TokenRequest=46 TokenReview=47
authentication.k8s.io/v1beta1 TokenReview=48
authorization.k8s.io/v1 LocalSubjectAccessReview=49 SelfSubjectAccessReview=50 SelfSubjectRulesReview=51 SubjectAccessReview=52
authorization.k8s.io/v1beta1 LocalSubjectAccessReview=53 SelfSubjectAccessReview=54 SelfSubjectRulesReview=55 SubjectAccessReview=56
autoscaling/v1 HorizontalPodAutoscaler=57 HorizontalPodAutoscalerList=58 Scale=59
autoscaling/v2beta1 HorizontalPodAutoscaler=60 HorizontalPodAutoscalerList=61
autoscaling/v2beta2 HorizontalPodAutoscaler=62 HorizontalPodAutoscalerList=63
batch/v1 CronJob=64 CronJobList=68 Job=69 JobList=71
batch/v1beta1 CronJob=72 CronJobList=75
certificates.k8s.io/v1 CertificateSigningRequest=76 CertificateSigningRequestList=77
certificates.k8s.io/v1beta1 CertificateSigningRequest=78 CertificateSigningRequestList=79
coordination.k8s.io/v1 Lease=80 LeaseList=81
coordination.k8s.io/v1beta1 Lease=82 LeaseList=83
discovery.k8s.io/v1 EndpointSlice=84 EndpointSliceList=85
discovery.k8s.io/v1beta1 EndpointSlice=86 EndpointSliceList=87
events.k8s.io/v1 Event=88 EventList=89
events.k8s.io/v1beta1 Event=90 EventList=91
extensions/v1beta1 Ingress=92 IngressList=93
flowcontrol.apiserver.k8s.io/v1beta1 FlowSchema=94 FlowSchemaList=95 PriorityLevelConfiguration=96 PriorityLevelConfigurationList=97
kustomize.config.k8s.io/v1beta1 Kustomization=98
networking.k8s.io/v1 Ingress=99 IngressClass=100 IngressClassList=101 IngressList=102 NetworkPolicy=103 NetworkPolicyList=104
networking.k8s.io/v1beta1 Ingress=105 IngressClass=106 IngressClassList=107 IngressList=108
node.k8s.io/v1 RuntimeClass=109 RuntimeClassList=110
node.k8s.io/v1beta1 RuntimeClass=111 RuntimeClassList=112
policy/v1 PodDisruptionBudget=113 PodDisruptionBudgetList=115
policy/v1beta1 Eviction=116 PodDisruptionBudget=117 PodDisruptionBudgetList=119 PodSecurityPolicy=120 PodSecurityPolicyList=121
rbac.authorization.k8s.io/v1 ClusterRole=122 ClusterRoleBinding=123 ClusterRoleBindingList=124 ClusterRoleList=125 Role=126 RoleBinding=127 RoleBindingList=128 RoleList=129
rbac.authorization.k8s.io/v1beta1 ClusterRole=130 ClusterRoleBinding=131 ClusterRoleBindingList=132 ClusterRoleList=133 Role=134 RoleBinding=135 RoleBindingList=136 RoleList=137
scheduling.k8s.io/v1 PriorityClass=138 PriorityClassList=139
scheduling.k8s.io/v1beta1 PriorityClass=140 PriorityClassList=141
storage.k8s.io/v1 CSIDriver=142 CSIDriverList=143 CSINode=144 CSINodeList=146 StorageClass=147 StorageClassList=148 VolumeAttachment=149 VolumeAttachmentList=150
storage.k8s.io/v1beta1 CSIDriver=151 CSIDriverList=152 CSINode=153 CSINodeList=155 CSIStorageCapacity=156 CSIStorageCapacityList=157 StorageClass=158 StorageClassList=159 VolumeAttachment=160 VolumeAttachmentList=161
v1 Binding=162 ComponentStatus=163 ComponentStatusList=164 ConfigMap=165 ConfigMapList=166 Endpoints=167 EndpointsList=168 Event=169 EventList=170 LimitRange=171 LimitRangeList=172 Namespace=173 NamespaceList=175 Node=176 NodeList=179 PersistentVolume=180 PersistentVolumeClaim=42 PersistentVolumeClaimList=181 PersistentVolumeList=182 Pod=183 PodList=185 PodTemplate=186 PodTemplateList=187 ReplicationController=188 ReplicationControllerList=191 ResourceQuota=192 ResourceQuotaList=193 Secret=194 SecretList=195 Service=196 ServiceAccount=199 ServiceAccountList=200 ServiceList=201
`;

/** apiVersion, then its cluster-scoped kinds. What is not here counts as namespaced. */
export const CLUSTER_SCOPED = `
admissionregistration.k8s.io/v1 MutatingWebhookConfiguration ValidatingWebhookConfiguration ValidatingAdmissionPolicy ValidatingAdmissionPolicyBinding
admissionregistration.k8s.io/v1beta1 MutatingWebhookConfiguration ValidatingWebhookConfiguration
apiextensions.k8s.io/v1 CustomResourceDefinition
apiextensions.k8s.io/v1beta1 CustomResourceDefinition
apiregistration.k8s.io/v1 APIService
apiregistration.k8s.io/v1beta1 APIService
certificates.k8s.io/v1 CertificateSigningRequest
certificates.k8s.io/v1beta1 CertificateSigningRequest
flowcontrol.apiserver.k8s.io/v1beta1 FlowSchema PriorityLevelConfiguration
networking.k8s.io/v1 IngressClass
networking.k8s.io/v1beta1 IngressClass
node.k8s.io/v1 RuntimeClass
node.k8s.io/v1beta1 RuntimeClass
policy/v1beta1 PodSecurityPolicy
rbac.authorization.k8s.io/v1 ClusterRole ClusterRoleBinding
rbac.authorization.k8s.io/v1beta1 ClusterRole ClusterRoleBinding
scheduling.k8s.io/v1 PriorityClass
scheduling.k8s.io/v1beta1 PriorityClass
storage.k8s.io/v1 CSIDriver CSINode StorageClass VolumeAttachment
storage.k8s.io/v1beta1 CSIDriver CSINode StorageClass VolumeAttachment
v1 ComponentStatus Namespace Node NodeProxyOptions PersistentVolume
`;
