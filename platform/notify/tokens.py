"""What a mail carries so that its reader may end mails like it without signing in; good for nothing else."""

from collections.abc import Iterable

from django.core import signing

from accounts.models import User
from notify.errors import NoSuchToken
from notify.models import SWITCHABLE

SALT = "notify.off"


def make(person: User, kinds: Iterable[str]) -> str:
    """Without an end: a mail may be opened years later."""
    return signing.dumps([person.pk, sorted(kinds)], salt=SALT)


def read(token: str) -> tuple[User, list[str]]:
    """Whose, and of which kinds. Raises `NoSuchToken`."""
    try:
        pk, kinds = signing.loads(token, salt=SALT)
        person = User.objects.filter(pk=pk).first()
    except (signing.BadSignature, ValueError, TypeError) as error:
        raise NoSuchToken from error
    if person is None:
        raise NoSuchToken
    return person, [kind for kind in SWITCHABLE if kind in kinds]
