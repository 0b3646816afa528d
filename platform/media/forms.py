"""Bringing in a recording: the form, whoever shows it."""

from pathlib import Path

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import TemporaryUploadedFile, UploadedFile
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from media.errors import MediaRefused
from media.models import Asset
from media.services import keep, request_renditions
from media.transcripts import checked


class AudioUploadForm(forms.Form):
    """An audio file, its title and its transcript. What was refused is said beside the file."""

    title = forms.CharField(label=_("名称"), max_length=200)
    file = forms.FileField(label=_("音频文件"), help_text=_("MP3、M4A、WAV、OGG、FLAC、WebM、AAC 或 AMR,最多 1 GB。"))
    transcript = forms.CharField(label=_("文稿 (WebVTT)"), required=False, widget=forms.Textarea)

    def clean_transcript(self) -> str:
        text: str = self.cleaned_data["transcript"]
        try:
            return checked(text) if text.strip() else ""
        except MediaRefused as refused:
            raise ValidationError(str(refused)) from refused

    def keep(self, *, guard: str, guarded_id: str = "", by: User | None = None) -> Asset | None:
        """The new asset with its renditions asked for; None when refused, with the sentence among the errors."""
        uploaded: UploadedFile = self.cleaned_data["file"]
        try:
            asset = keep(
                data=_bytes(uploaded),
                title=self.cleaned_data["title"],
                kind=Asset.Kind.AUDIO,
                mime=uploaded.content_type or "",
                guard=guard,
                guarded_id=guarded_id,
                by=by,
            )
        except MediaRefused as refused:
            self.add_error("file", str(refused))
            return None
        Asset.objects.filter(pk=asset.pk).update(transcript=self.cleaned_data["transcript"])
        request_renditions(asset=asset)
        return asset


def _bytes(uploaded: UploadedFile) -> bytes | Path:
    """Django spools large uploads to a file: that file itself is kept, not read into memory."""
    if isinstance(uploaded, TemporaryUploadedFile):
        return Path(uploaded.temporary_file_path())
    return bytes(uploaded.read())
