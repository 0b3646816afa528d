"""What other apps tell, heard by membership."""

from typing import Any

from django.contrib.auth.signals import user_logged_out
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils import timezone

from accounts.models import User
from membership.models import Device


@receiver(user_logged_out)
def give_the_place_back(request: HttpRequest | None, user: User | None, **kwargs: Any) -> None:
    """Whoever signs out on a borrowed computer need not remember to release it."""
    if request is not None and user is not None:
        mine = Device.objects.filter(person=user.pk, session=request.session.session_key or "", released_at=None)
        mine.update(released_at=timezone.now())
