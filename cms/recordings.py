"""What an editor fills in to bring a recording into the school."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from wagtail.admin.forms import WagtailAdminModelForm

from media.errors import MediaRefused
from media.forms import AudioUploadForm
from media.models import Asset
from media.transcripts import checked


class RecordingForm(WagtailAdminModelForm):
    """A new recording is a file, a title and a transcript; the sound itself never changes afterwards."""

    file = forms.FileField(
        label=AudioUploadForm.base_fields["file"].label, help_text=AudioUploadForm.base_fields["file"].help_text
    )

    class Meta:
        model = Asset
        fields = ["title", "transcript"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            del self.fields["file"]

    def clean_transcript(self) -> str:
        text: str = self.cleaned_data["transcript"]
        try:
            return checked(text) if text.strip() else ""
        except MediaRefused as refused:
            raise ValidationError(str(refused)) from refused

    def clean(self) -> dict[str, Any]:
        """The file is kept as soon as everything is in order, so that a refusal is said beside it."""
        facts: dict[str, Any] = super().clean()
        if not self.instance.pk and not self.errors:
            self._keep()
        return facts

    def _keep(self) -> None:
        upload = AudioUploadForm(self.data, self.files, prefix=self.prefix)
        asset = upload.keep(guard="staff", by=self.for_user) if upload.is_valid() else None
        if asset:
            self.instance = asset
        for name, errors in upload.errors.items():
            self.add_error(name, list(errors))
