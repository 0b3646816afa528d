"""Carrying a course out: the zip comes as it is made."""

from django.http import HttpRequest, StreamingHttpResponse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from cms.carrying.packing import streamed
from cms.carrying.services import export_course
from cms.carrying.views.desk import course_of
from media.filestream import body


@require_safe
def export(request: HttpRequest, pk: int) -> StreamingHttpResponse:
    """Everything is read from the database before the first byte goes; from then on only the store is asked."""
    page = course_of(request, pk)
    bundle = export_course(page=page)
    response = StreamingHttpResponse(body(request, streamed(bundle)), content_type="application/zip")
    name = f"{page.slug}-{timezone.localdate():%Y%m%d}.zip"
    response["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    response["Cache-Control"] = "private, no-store"
    return response
