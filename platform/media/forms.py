"""Bringing in a recording: the form, whoever shows it."""

from pathlib import Path
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import TemporaryUploadedFile, UploadedFile
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from media.errors import MediaRefused
from media.models import Asset
from media.services import forget, keep, request_renditions
from media.transcripts import LONGEST, check_length, taken


class TranscriptFile(forms.FileField):
    """A .vtt or .srt beside the field `transcript`; cleaned, it is the text."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            label=_("文稿文件"),
            required=False,
            help_text=_(".vtt 或 .srt。选了文件，就用它代替下面的文字。"),
            widget=forms.FileInput(attrs={"accept": ".vtt,.srt,text/vtt"}),
            **kwargs,
        )

    def clean(self, data: Any, initial: Any = None) -> str:
        file = super().clean(data, initial)
        if file and file.size > 4 * LONGEST:
            raise ValidationError(_("文稿太长了。"))
        return cleaned_transcript(_rewound(file)) if file else ""


def cleaned_transcript(text: str | bytes, *, sound_ms: int | None = None) -> str:
    """What a form's field `transcript` or a file beside it becomes, or the sentence that says what is wrong with it."""
    try:
        clean = taken(text)
        check_length(clean, sound_ms=sound_ms)
        return clean
    except MediaRefused as refused:
        raise ValidationError(str(refused)) from refused


def _rewound(file: UploadedFile) -> bytes:
    file.seek(0)
    return bytes(file.read())


class AudioUploadForm(forms.Form):
    """An audio file, its title and its transcript. What was refused is said beside the file."""

    title = forms.CharField(label=_("名称"), max_length=200)
    file = forms.FileField(label=_("音频文件"), help_text=_("MP3、M4A、WAV、OGG、FLAC、WebM、AAC 或 AMR，最多 1 GB。"))
    transcript_file = TranscriptFile()
    transcript = forms.CharField(label=_("文稿 (WebVTT)"), required=False, widget=forms.Textarea)

    def clean_transcript(self) -> str:
        return self.cleaned_data.get("transcript_file") or cleaned_transcript(self.cleaned_data["transcript"])

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
        try:
            check_length(self.cleaned_data["transcript"], sound_ms=asset.duration_ms)
        except MediaRefused as refused:
            forget(asset=asset)
            self.add_error("transcript", str(refused))
            return None
        Asset.objects.filter(pk=asset.pk).update(transcript=self.cleaned_data["transcript"])
        request_renditions(asset=asset)
        return asset


def _bytes(uploaded: UploadedFile) -> bytes | Path:
    """Django spools large uploads to a file: that file itself is kept, not read into memory."""
    if isinstance(uploaded, TemporaryUploadedFile):
        return Path(uploaded.temporary_file_path())
    return bytes(uploaded.read())
