"""What a page needs before learners may see it, and how it appears: whole, or not at all."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction


class Whole:
    """A draft may still lack what `missing` names; nothing is published that does.

    What publishing sets going (access, the live room) happens together with it: when that fails, the page stays as it was.
    """

    is_drafted = False  # true while a form saves it as a draft

    def missing(self) -> dict[str, Any]:
        """The sentence for each field without which there would be nothing for learners."""
        raise NotImplementedError

    def clean(self) -> None:
        super().clean()  # type: ignore[misc]
        missing = {} if self.is_drafted else self.missing()
        if missing:
            raise ValidationError(missing)

    def publish(self, *args: Any, **kwargs: Any) -> Any:
        with transaction.atomic():
            return super().publish(*args, **kwargs)  # type: ignore[misc]

    def unpublish(self, *args: Any, **kwargs: Any) -> Any:
        with transaction.atomic():
            return super().unpublish(*args, **kwargs)  # type: ignore[misc]
