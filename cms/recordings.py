"""What an editor fills in to bring a recording into the school."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from wagtail.admin.forms import WagtailAdminModelForm

from media.errors import TranscriptChanged
from media.forms import AudioUploadForm, TranscriptFile, cleaned_transcript
from media.models import Asset
from media.transcripts import version


class RecordingForm(WagtailAdminModelForm):
    """A new recording is a file, a title and a transcript; the sound itself never changes afterwards."""

    file = forms.FileField(
        label=AudioUploadForm.base_fields["file"].label, help_text=AudioUploadForm.base_fields["file"].help_text
    )

    transcript_file = TranscriptFile()
    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    class Meta:
        model = Asset
        fields = ["title", "transcript"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["seen"].initial = version(self.instance.transcript)
        if self.instance.pk:
            del self.fields["file"]

    def clean_transcript(self) -> str:
        """The file, if there is one: whichever of the two fields the form cleans first."""
        chosen: str = self.fields["transcript_file"].clean(self.files.get(self.add_prefix("transcript_file")))
        typed = self.cleaned_data["transcript"]
        return self._mine(cleaned_transcript(chosen or typed, sound_ms=self.instance.duration_ms))

    def _mine(self, text: str) -> str:
        """Nobody's words are overwritten from a page that was opened before they were saved."""
        theirs, seen = self.instance.transcript, self.data.get(self.add_prefix("seen"))
        if not seen or seen == version(theirs):
            return text
        if seen != version(text):
            raise ValidationError(str(TranscriptChanged()))
        return theirs

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
