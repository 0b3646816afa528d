from django import forms

from accounts.models import User


class MeForm(forms.ModelForm[User]):
    """What a person says about themselves."""

    class Meta:
        model = User
        fields = ["name", "language"]
