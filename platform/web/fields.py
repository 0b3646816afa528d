"""Fields of forms that several apps need."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

LONGEST_NUMBER = 18  # digits that fit into a row's number


class Several(forms.ModelMultipleChoiceField[Any]):
    """A number too great for any row is refused as one that no row has; the databases fail on it."""

    def clean(self, value: Any) -> Any:
        for one in value or ():
            if len(str(one)) > LONGEST_NUMBER:
                raise ValidationError(
                    self.error_messages["invalid_choice"], code="invalid_choice", params={"value": one}
                )
        return super().clean(value)
