"""Where the owner gives people their work: an address, a name, a role. The role decides over every right in the office."""

from typing import Any

from django import forms
from django.contrib.auth import get_user_model
from wagtail.users.views.users import UserViewSet

from accounts.models import Role
from cms.staff import welcome

User = get_user_model()


class PersonForm(forms.ModelForm):  # type: ignore[type-arg]
    """Nobody here has a password: who is named here signs in with a code to the address."""

    class Meta:
        model = User
        fields = ("email", "name", "role", "is_active")

    def __init__(self, *args: Any, editing_self: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if editing_self or not self.instance.pk:
            del self.fields["is_active"]
        if editing_self:  # nobody locks themselves out
            del self.fields["role"]

    def clean_email(self) -> str:
        return str(self.cleaned_data["email"]).lower()

    def save(self, commit: bool = True) -> Any:
        person = super().save(commit=False)
        if "role" in self.fields:
            person.is_superuser = person.role == Role.OWNER
        if not person.pk:
            person.set_unusable_password()
        person.save()
        welcome(person)
        return person


class PeopleViewSet(UserViewSet):
    create_template_name = "wagtailadmin/generic/form.html"
    edit_template_name = "wagtailadmin/generic/edit.html"

    def get_form_class(self, for_update: bool = False) -> type[PersonForm]:
        return PersonForm
