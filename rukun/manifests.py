"""Kubernetes manifests of the five services, which differ in name and port only."""

from typing import Any

from contracts.topics import SERVICES, consumed_by
from rukun.ports import Ports

_IMAGE = "rukun"
_PORTS = Ports()
_USER = 10001
_MEMORY = {"escalation": ("256Mi", "640Mi")}
"""Asked for and at most: escalation holds the counts of the country, and a round of 20,000 reports at times."""


def services() -> list[dict[str, Any]]:
    """Deployment, Service, PodDisruptionBudget, ScaledObject and NetworkPolicy of each."""
    makers = (_deployment, _service, _disruption, _scaling, _network)
    return [make(name) for name in SERVICES for make in makers]


def _labels(name: str) -> dict[str, str]:
    return {"app.kubernetes.io/name": name, "app.kubernetes.io/part-of": "rukun"}


def _meta(name: str) -> dict[str, Any]:
    return {"name": name, "labels": _labels(name)}


def _deployment(name: str) -> dict[str, Any]:
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": _meta(name),
        "spec": {
            "selector": {"matchLabels": _labels(name)},
            # A service may be replaced while the old one still works: consumers recognise what is delivered twice.
            "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 0, "maxSurge": 1}},
            "template": {"metadata": {"labels": _labels(name)}, "spec": _pod(name)},
        },
    }


def _pod(name: str) -> dict[str, Any]:
    return {
        "automountServiceAccountToken": False,
        "terminationGracePeriodSeconds": 30,
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": _USER,
            "runAsGroup": _USER,
            "fsGroup": _USER,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "containers": [_container(name)],
        "volumes": [
            {"name": "tmp", "emptyDir": {}},
            {"name": "kafka", "secret": {"secretName": f"rukun-{name}", "optional": True}},
        ],
    }


def _container(name: str) -> dict[str, Any]:
    asked, most = _MEMORY.get(name, ("160Mi", "384Mi"))
    return {
        "name": name,
        "image": _IMAGE,
        "args": ["serve", name],
        "ports": [{"name": "http", "containerPort": _PORTS.of(name)}],
        "envFrom": [{"configMapRef": {"name": "rukun"}}, {"secretRef": {"name": f"rukun-{name}-settings"}}],
        "livenessProbe": _probe(name, "live", 10),
        "readinessProbe": _probe(name, "ready", 5),
        "startupProbe": {**_probe(name, "live", 2), "failureThreshold": 30},
        "resources": {"requests": {"cpu": "100m", "memory": asked}, "limits": {"memory": most}},
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
        "volumeMounts": [
            {"name": "tmp", "mountPath": "/tmp"},
            {"name": "kafka", "mountPath": "/etc/rukun/kafka", "readOnly": True},
        ],
    }


def _probe(name: str, kind: str, seconds: int) -> dict[str, Any]:
    path = f"/{name}/health/{kind}"
    return {"httpGet": {"path": path, "port": "http"}, "periodSeconds": seconds, "timeoutSeconds": 4}


def _service(name: str) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": _meta(name),
        "spec": {"selector": _labels(name), "ports": [{"name": "http", "port": 80, "targetPort": "http"}]},
    }


def _disruption(name: str) -> dict[str, Any]:
    return {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": _meta(name),
        "spec": {"minAvailable": 1, "selector": {"matchLabels": _labels(name)}},
    }


def _scaling(name: str) -> dict[str, Any]:
    """KEDA makes the HPA: more replicas where the consumer group falls behind, or the processor is busy."""
    lag = [
        {
            "type": "kafka",
            "metadata": {
                "bootstrapServers": "rukun-kafka-bootstrap.kafka:9092",
                "consumerGroup": name,
                "topic": topic,
                "lagThreshold": "500",
            },
        }
        for topic in consumed_by(name)
    ]
    busy = {"type": "cpu", "metricType": "Utilization", "metadata": {"value": "75"}}
    return {
        "apiVersion": "keda.sh/v1alpha1",
        "kind": "ScaledObject",
        "metadata": _meta(name),
        "spec": {
            "scaleTargetRef": {"name": name},
            "minReplicaCount": 2,
            "maxReplicaCount": 6,
            "triggers": [*lag, busy],
        },
    }


def _network(name: str) -> dict[str, Any]:
    """In: from the ingress and the scraper. Out: names, database, brokers and the outside; not the other services."""
    inside = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "kube-system"}}}
    outside = {"ipBlock": {"cidr": "0.0.0.0/0", "except": ["169.254.0.0/16"]}}
    ports = [27017, 9092, 9093, 443, 587, 8200]  # the last is Vault
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": _meta(name),
        "spec": {
            "podSelector": {"matchLabels": _labels(name)},
            "policyTypes": ["Ingress", "Egress"],
            "ingress": [
                {
                    "from": [_namespace("ingress-nginx"), _namespace("monitoring")],
                    "ports": [{"port": _PORTS.of(name), "protocol": "TCP"}],
                }
            ],
            "egress": [
                {"to": [inside], "ports": [{"port": 53, "protocol": "UDP"}, {"port": 53, "protocol": "TCP"}]},
                {"to": [outside], "ports": [{"port": each, "protocol": "TCP"} for each in ports]},
            ],
        },
    }


def _namespace(name: str) -> dict[str, Any]:
    return {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": name}}}


def ingress() -> list[dict[str, Any]]:
    """One origin for all services."""
    paths = [
        {
            "path": f"/{name}",
            "pathType": "Prefix",
            "backend": {"service": {"name": name, "port": {"name": "http"}}},
        }
        for name in SERVICES
    ]
    rule = {"host": "rukun.example", "http": {"paths": paths}}
    return [
        {
            "apiVersion": "networking.k8s.io/v1",
            "kind": "Ingress",
            "metadata": {
                "name": "rukun",
                "annotations": {
                    "nginx.ingress.kubernetes.io/proxy-body-size": "60m",
                    "nginx.ingress.kubernetes.io/proxy-buffering": "off",
                    "nginx.ingress.kubernetes.io/app-root": "/intake/",
                },
            },
            "spec": {
                "ingressClassName": "nginx",
                "tls": [{"hosts": ["rukun.example"], "secretName": "rukun-tls"}],
                "rules": [rule],
            },
        }
    ]
