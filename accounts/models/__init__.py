"""The tables of the accounts, by what they are about."""

from accounts.models.limits import Bucket
from accounts.models.notices import (
    AuditEntry,
    MailChoice,
    Notice,
)
from accounts.models.people import (
    ApiKey,
    Invitation,
    KeyTest,
    Member,
    ProviderKey,
    Team,
    TeamSecret,
    User,
)
from accounts.models.signing_in import (
    Authenticator,
    Browser,
    Departure,
    Identity,
    RecoveryCode,
    SignInLink,
    SignInTries,
    Way,
)

__all__ = [
    "ApiKey",
    "AuditEntry",
    "Authenticator",
    "Browser",
    "Bucket",
    "Departure",
    "Identity",
    "Invitation",
    "KeyTest",
    "MailChoice",
    "Member",
    "Notice",
    "ProviderKey",
    "RecoveryCode",
    "SignInLink",
    "SignInTries",
    "Team",
    "TeamSecret",
    "User",
    "Way",
]
