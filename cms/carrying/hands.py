"""What the codecs need from those who use them: finding things while a file is taken, and rows while pages are written."""

from typing import Any, Protocol

from accounts.models import User
from cms.carrying.facts import Thing
from cms.carrying.problems import Place
from membership.models import Tier


class Taking(Protocol):
    """A file that is being read, in a school."""

    def recording(self, raw: Any, place: Place, *, kinds: list[str]) -> Thing | None: ...

    def picture(self, raw: Any, place: Place) -> Thing | None: ...

    def document(self, raw: Any, place: Place) -> Thing | None: ...

    def page(self, ref: Any, place: Place) -> str | None:
        """The lasting id of a page, noted when it is neither here nor in the file."""

    def person(self, email: str) -> User | None: ...

    def stand_in(self, name: str) -> dict[str, str]:
        """Who takes the place of a person who is not here."""

    def tier(self, slug: str) -> Tier | None: ...


class Hands(Protocol):
    """Rows of this school, for facts that name them."""

    def row(self, thing: Thing) -> int | None: ...

    def page(self, ref: str) -> Any: ...

    def lesson(self, ref: str) -> Any: ...

    def person(self, email: str) -> User: ...

    def tier(self, slug: str) -> Tier | None: ...
