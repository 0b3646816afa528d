from typing import Any

from django.conf import settings
from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils import translation

from accounts.models import User


@receiver(user_logged_in, dispatch_uid="remember_language")
def remember_language(request: HttpRequest, user: User, **kwargs: Any) -> None:
    """Someone's first words with the school are in the language they will be written to."""
    if not user.language:
        User.objects.filter(pk=user.pk).update(language=translation.get_language() or settings.LANGUAGE_CODE)
