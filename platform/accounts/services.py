from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password
from django.db import transaction

from accounts.models import User


@transaction.atomic
def arrive(*, email: str) -> User | None:
    """The person at this address; a stranger becomes a learner. None for whom the school has closed the door.

    The address is not proven yet: that happens when the code sent to it is typed.
    """
    closed = {"password": make_password(None)}
    person, _is_new = User.objects.get_or_create(email=email.strip().lower(), defaults=closed)
    EmailAddress.objects.get_or_create(user=person, email=person.email, defaults={"primary": True})
    return person if person.is_active else None
