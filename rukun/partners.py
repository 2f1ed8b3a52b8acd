"""`rukun partners`: lets a partner read public topics of Kafka, and takes it back.

A partner gets a user of its own (SCRAM), which may read the topics of its provinces in consumer groups that begin with
its name, and nothing else. Kafka asks at every request: what is revoked ends at once, open connections included.
"""

import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from chassis.language import _
from chassis.settings import Settings
from contracts.events import PublicCaseUpdated
from contracts.regions import NATIONAL, level_of, region
from contracts.topics import province_topic
from rukun.operators import application_of

_ITERATIONS = 8192
_MECHANISM = "SCRAM-SHA-512"
_BYTES_A_SECOND = 1024 * 1024


def user_of(name: str) -> str:
    """The Kafka user of a partner, which its consumer groups begin with, too."""
    return f"partner-{re.sub(r'[^a-z0-9]+', '-', name.lower()).strip('-')}"


def _same(one: str, other: str) -> bool:
    return user_of(one) == user_of(other)


def topics_for(regions: list[str]) -> list[str]:
    """The topics of a partner's regions. `SystemExit` where they are finer than a province: Kafka divides no topic."""
    if NATIONAL in regions:
        return [PublicCaseUpdated.topic]
    if fine := [each for each in regions if level_of(each) > 1]:
        names = ", ".join(region(each).name for each in fine)
        raise SystemExit(
            _(
                "Kafka hanya membagi per provinsi, sedangkan mitra ini hanya boleh melihat {names}. Pakai webhook atau "
                "feed baginya."
            ).format(names=names)
        )
    return [province_topic(each) for each in regions]


async def regions_of(name: str) -> list[str]:
    """The regions of a partner as integration has registered it. `SystemExit` where there is none, or several."""
    async with application_of("integration") as application:
        partners = [each for each in (await application.state.store.all_partners()).values() if each.name == name]
        same = [each.name for each in (await application.state.store.all_partners()).values() if _same(each.name, name)]
    if not partners:
        raise SystemExit(_("Tidak ada mitra bernama {name}.").format(name=name))
    if len(same) > 1 or user_of(name) == user_of(""):
        names = ", ".join(same)
        raise SystemExit(_("Nama mitra tidak dapat dibedakan: {names}. Ubah salah satunya.").format(names=names))
    return list(partners[0].regions)


def grant(settings: Settings, name: str, topics: list[str]) -> str:
    """Make the user, or give it a new password, and let it read the topics and no others; its password."""
    from kafka.admin import ScramMechanism, UserScramCredentialUpsertion

    user, password = user_of(name), secrets.token_urlsafe(32)
    with _administrator(settings) as admin:
        _take_rights(admin, user)
        if failed := admin.create_acls(_acls(user, topics))["failed"]:
            raise SystemExit(_("Kafka menolak: {reason}").format(reason=failed))
        upsertion = UserScramCredentialUpsertion(user, ScramMechanism.SCRAM_SHA_512, password, iterations=_ITERATIONS)
        _settle(admin.alter_user_scram_credentials([upsertion]))
    return password


def revoke(settings: Settings, name: str) -> None:
    """Take everything back: who is connected reads nothing more from the moment at which the rights are gone."""
    from kafka.admin import ScramMechanism, UserScramCredentialDeletion

    user = user_of(name)
    deletion = UserScramCredentialDeletion(user, ScramMechanism.SCRAM_SHA_512)
    with _administrator(settings) as admin:
        try:
            _take_rights(admin, user)
        finally:  # the password goes even where a right is left
            _settle(admin.alter_user_scram_credentials([deletion]))


def properties(name: str, password: str, topics: list[str], servers: str) -> str:
    """What the partner is given: the properties of any Kafka client."""
    user = user_of(name)
    login = "org.apache.kafka.common.security.scram.ScramLoginModule"
    return "\n".join(
        [
            "# " + _("Hanya ditampilkan sekali; kirim kepada mitra lewat jalan yang aman."),
            "# " + _("Topik: {topics}").format(topics=", ".join(topics)),
            f"bootstrap.servers={servers}",
            "security.protocol=SASL_SSL",
            f"sasl.mechanism={_MECHANISM}",
            f'sasl.jaas.config={login} required username="{user}" password="{password}";',
            f"group.id={user}.1",
            "auto.offset.reset=earliest",
            "enable.auto.commit=false",
        ]
    )


def manifest(name: str, topics: list[str]) -> dict[str, Any]:
    """The same as Strimzi's KafkaUser, where an operator in the cluster applies it; with a quota."""
    user = user_of(name)
    rights = [
        {"resource": {"type": "topic", "name": each, "patternType": "literal"}, "operations": ["Read", "Describe"]}
        for each in topics
    ]
    groups = {"resource": {"type": "group", "name": f"{user}.", "patternType": "prefix"}, "operations": ["Read"]}
    return {
        "apiVersion": "kafka.strimzi.io/v1",
        "kind": "KafkaUser",
        "metadata": {"name": user, "labels": {"strimzi.io/cluster": "rukun"}},
        "spec": {
            "authentication": {"type": "scram-sha-512"},
            "authorization": {"type": "simple", "acls": [*rights, groups]},
            "quotas": {"consumerByteRate": _BYTES_A_SECOND, "requestPercentage": 10},
        },
    }


def _acls(user: str, topics: list[str]) -> list[Any]:
    from kafka.admin import ACL, ACLOperation, ACLPermissionType, ACLResourcePatternType, ResourcePattern, ResourceType

    def allowed(operation: Any, resource: Any) -> Any:
        return ACL(f"User:{user}", "*", operation, ACLPermissionType.ALLOW, resource)

    rights = [
        allowed(operation, ResourcePattern(ResourceType.TOPIC, topic))
        for topic in topics
        for operation in (ACLOperation.READ, ACLOperation.DESCRIBE)
    ]
    groups = ResourcePattern(ResourceType.GROUP, f"{user}.", ACLResourcePatternType.PREFIXED)
    return [*rights, allowed(ACLOperation.READ, groups)]


def _every_acl_of(user: str) -> Any:
    from kafka.admin import (
        ACLFilter,
        ACLOperation,
        ACLPermissionType,
        ACLResourcePatternType,
        ResourcePatternFilter,
        ResourceType,
    )

    anything = ResourcePatternFilter(ResourceType.ANY, None, ACLResourcePatternType.ANY)
    return ACLFilter(f"User:{user}", None, ACLOperation.ANY, ACLPermissionType.ANY, anything)


def _take_rights(admin: Any, user: str) -> None:
    """Delete what a user may, and look that nothing is left: the client does not tell what failed."""
    everything = _every_acl_of(user)
    admin.delete_acls([everything])
    left, _failure = admin.describe_acls(everything)
    if left:
        raise SystemExit(_("Kafka menolak: {reason}").format(reason=_("hak {user} masih ada").format(user=user)))


def _settle(answer: dict[str, str | None]) -> None:
    if failed := [each for each in answer.values() if each]:
        raise SystemExit(_("Kafka menolak: {reason}").format(reason="; ".join(failed)))


@contextmanager
def _administrator(settings: Settings) -> Iterator[Any]:
    """An administrator's connection, as the settings of services connect. The library is there with the extra
    `operator` alone: no service needs it."""
    try:
        from kafka.admin import KafkaAdminClient
        from kafka.errors import KafkaError
    except ImportError:
        raise SystemExit(_("Perintah ini memerlukan rukun[operator]: pip install 'rukun[operator]'.")) from None
    files = {
        "ssl_cafile": settings.kafka_ca_file,
        "ssl_certfile": settings.kafka_cert_file,
        "ssl_keyfile": settings.kafka_key_file,
    }
    try:
        admin = KafkaAdminClient(
            bootstrap_servers=settings.kafka_bootstrap_servers,
            security_protocol=settings.kafka_security_protocol,
            **{name: value for name, value in files.items() if value},
        )
    except KafkaError as error:
        raise SystemExit(
            _("Kafka di {servers} tidak menjawab: {reason}").format(
                servers=settings.kafka_bootstrap_servers, reason=type(error).__name__
            )
        ) from None
    try:
        yield admin
    except KafkaError as error:
        raise SystemExit(_("Kafka menolak: {reason}").format(reason=f"{type(error).__name__}: {error}")) from None
    finally:
        admin.close()
