"""Who may do what: one table, to be read aloud.

A row says the least role that may perform the act. Roles are ordered in
vocabulary.ROLES. What a reviewer may do to his own verdict is named apart from what
an editor may do to anybody's.
"""

from __future__ import annotations

from typing import Final, Protocol

from factcheck.errors import Forbidden
from factcheck.vocabulary import ROLES

POLICY: Final[dict[str, str]] = {
    "desk:read_unpublished": "reader",
    "claim:add": "reviewer",
    "claim:revise": "reviewer",
    "claim:publish": "editor",
    "claim:publish_below_gate": "editor",
    "claim:withdraw": "editor",
    "claim:reopen": "editor",
    "claim:link": "reviewer",
    "link:decide": "reviewer",
    "link:overturn": "editor",
    "source:add": "reviewer",
    "source:revise": "editor",
    "source:protect": "reviewer",
    "source:read_sealed": "editor",
    "source:retract": "editor",
    "source:keep_copy": "reviewer",
    "citation:add": "reviewer",
    "citation:withdraw": "editor",
    "citation:withdraw_own": "reviewer",
    "evidence:attach": "reviewer",
    "evidence:withdraw": "editor",
    "evidence:withdraw_own": "reviewer",
    "verdict:issue": "reviewer",
    "verdict:rule": "editor",
    "verdict:retract": "editor",
    "verdict:retract_own": "reviewer",
    "opinion:give": "reviewer",
    "review:plan": "reviewer",
    "claimant:revise": "editor",
    "outlet:add": "reviewer",
    "outlet:revise": "editor",
    "outlet:assess": "editor",
    "story:add": "reviewer",
    "story:revise": "editor",
    "status:add": "admin",
    "status:revise": "admin",
    "reviewer:read": "admin",
    "reviewer:add": "admin",
    "reviewer:revise": "admin",
    "token:read": "admin",
    "token:issue": "admin",
    "token:revoke": "admin",
    "hook:read": "admin",
    "hook:manage": "admin",
    "metrics:read": "admin",
}


class HasRole(Protocol):
    """Anybody whose role is known."""

    @property
    def role(self) -> str | None:
        """The role, or None for somebody unknown."""


def may(who: HasRole, act: str) -> bool:
    """Say whether somebody's role reaches what the act asks for."""
    return who.role is not None and ROLES.index(who.role) >= ROLES.index(POLICY[act])


def permit(who: HasRole, act: str) -> None:
    """Let the act pass.

    Raises:
        Forbidden: the caller's role does not reach it; says which role would.
    """
    if not may(who, act):
        raise Forbidden(
            f"Your role is {who.role or 'none'}, and {act} needs {POLICY[act]}. "
            "Ask an admin of this desk for a token with that role.",
            act=act,
            needs=POLICY[act],
        )
