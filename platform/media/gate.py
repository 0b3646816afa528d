"""Who may fetch what. Each guard answers for the assets that name it; upper apps register theirs."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from django.contrib.auth.models import AnonymousUser

from accounts.browsers import browser_of
from accounts.models import User

if TYPE_CHECKING:
    from media.models import Asset

Person = User | AnonymousUser
Answer = Callable[[Person, str], bool]
guards: dict[str, Answer] = {}
PUBLIC = "public"  # the guard that opens for everyone


def guard(name: str, answer: Answer) -> None:
    """Let `answer(person, guarded_id)` decide for every asset whose guard has this name."""
    guards[name] = answer


def may_fetch(person: Person, asset: "Asset") -> bool:
    """Whether the bytes may be handed to this person now. A guard nobody registered opens for nobody."""
    answer = guards.get(asset.guard)
    return answer is not None and answer(person, asset.guarded_id)


def why_not(person: Person) -> str:
    """A sentence for whoever has the right and is refused all the same, on this device; after `may_fetch`."""
    browser = browser_of(person)
    return browser.refusal if browser else ""


def _is_staff(person: Person, guarded_id: str) -> bool:
    return person.is_authenticated and person.is_active and person.is_staff


def _is_anyone(person: Person, guarded_id: str) -> bool:
    return True


guard("staff", _is_staff)
guard(PUBLIC, _is_anyone)
