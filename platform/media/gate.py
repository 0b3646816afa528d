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
counts: dict[str, Callable[[Person], bool]] = {}
personal: set[str] = set()  # guards of what people brought for themselves: no material of the school
PUBLIC = "public"  # the guard that opens for everyone
PLAYED = {"audio", "video"}  # kinds; but these forms of them are only looked at:
SEEN = {"poster", "peaks", "silence", "slides", "captions"}


def guard(
    name: str, answer: Answer, *, is_personal: bool = False, counted: Callable[[Person], bool] | None = None
) -> None:
    """Let `answer(person, guarded_id)` decide for every asset whose guard has this name. `counted(person)` is asked after it
    where something is to be played, and not where it is only looked at."""
    guards[name] = answer
    if counted:
        counts[name] = counted
    if is_personal:
        personal.add(name)


def may_fetch(person: Person, asset: "Asset", form: str = "") -> bool:
    """Whether the bytes of this form may be handed to this person now. A guard nobody registered opens for nobody."""
    answer = guards.get(asset.guard)
    if answer is None or not answer(person, asset.guarded_id):
        return False
    counted = counts.get(asset.guard) if asset.kind in PLAYED and form not in SEEN else None
    return counted is None or counted(person)


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
