"""Every event on the bus. No personal data: no names, addresses or numbers of reporters and officials."""

from contracts.events.alerts import (
    AlertAcknowledged,
    AlertClimbed,
    AlertEnded,
    AlertEvent,
    AlertRaised,
    AlertUnanswered,
    DeliveryAnswered,
    DeliveryRecorded,
    DeliveryStatusReported,
    DirectiveEvent,
    DirectiveIssued,
    DirectiveReceiptRecorded,
    DirectiveWithdrawn,
    OfficeListed,
    ReplacedAlert,
)
from contracts.events.cases import (
    CaseActionRecorded,
    CaseEvent,
    CaseOpened,
    CaseStateRecorded,
    CaseStatusChanged,
    CaseVerified,
    JoinedReport,
    ReporterMessageRequested,
    ReportsJoined,
    ReportSplit,
)
from contracts.events.checkpoints import (
    CheckpointSigned,
)
from contracts.events.consultations import ConsultationWaiting
from contracts.events.levels import (
    LevelChanged,
    LookRequested,
    Reason,
)
from contracts.events.public import (
    PublicCaseUpdated,
)
from contracts.events.reports import (
    UNKNOWN_SOURCE,
    IdentityErased,
    People,
    Point,
    ReportEvent,
    ReportSubmitted,
    ReportSupplemented,
)
from contracts.events.sessions import (
    SessionsEnded,
)

__all__ = [
    "UNKNOWN_SOURCE",
    "AlertAcknowledged",
    "AlertClimbed",
    "AlertEnded",
    "AlertEvent",
    "AlertRaised",
    "AlertUnanswered",
    "CaseActionRecorded",
    "CaseEvent",
    "CaseOpened",
    "CaseStateRecorded",
    "CaseStatusChanged",
    "CaseVerified",
    "CheckpointSigned",
    "ConsultationWaiting",
    "DeliveryAnswered",
    "DeliveryRecorded",
    "DeliveryStatusReported",
    "DirectiveEvent",
    "DirectiveIssued",
    "DirectiveReceiptRecorded",
    "DirectiveWithdrawn",
    "IdentityErased",
    "JoinedReport",
    "LevelChanged",
    "LookRequested",
    "OfficeListed",
    "People",
    "Point",
    "PublicCaseUpdated",
    "Reason",
    "ReplacedAlert",
    "ReportEvent",
    "ReportSplit",
    "ReportSubmitted",
    "ReportSupplemented",
    "ReporterMessageRequested",
    "ReportsJoined",
    "SessionsEnded",
]
