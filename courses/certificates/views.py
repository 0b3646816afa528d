"""One's own certificates, and the page where anyone checks one."""

import segno
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.requests import PersonRequest, login_required
from courses.certificates import services
from courses.errors import CourseRefused
from courses.models import Certificate, Course
from membership import crockford
from web.limits import Limit, address_of, calmly

GUESSES = Limit("certificate", most=30, seconds=600)
CERTIFICATES = Certificate.objects.select_related("course", "person")


@calmly
@never_cache
@require_safe
def check(request: HttpRequest, code: str) -> HttpResponse:
    """To whoever has the code, the certificate and whether it stands. Only wrong codes count against those who try."""
    who = address_of(request)
    GUESSES.spend(who)
    certificate = CERTIFICATES.filter(code=crockford.read(code)).first()
    if certificate is None:
        return _unknown(request, code)
    GUESSES.give_back(who)
    context = {"certificate": certificate, "is_own": certificate.person_id == request.user.pk}
    context |= {"address": settings.SITE_URL + certificate.url, "qr": _drawn(settings.SITE_URL + certificate.url)}
    return _private(render(request, "courses/certificates/certificate.html", context))


@require_safe
def look_up(request: HttpRequest) -> HttpResponse:
    """For who has the code on paper."""
    typed = request.GET.get("code", "").strip()
    code = crockford.read(typed)
    if code:
        return redirect("certificates:check", code=crockford.shown(code))
    if typed:
        return _unknown(request, typed)
    return _private(render(request, "courses/certificates/look_up.html"))


@login_required
@never_cache
@require_safe
def mine(request: PersonRequest) -> HttpResponse:
    own = Certificate.objects.of(request.user).select_related("course")
    return render(request, "courses/certificates/mine.html", {"certificates": own})


@login_required
@require_POST
def claim(request: PersonRequest, pk: int) -> HttpResponse:
    """For who finished before the course gave certificates, or when the last lesson they missed was taken out."""
    course = get_object_or_404(Course.objects.published().select_related("instructor"), pk=pk)
    try:
        return redirect(services.issue_certificate(person=request.user, course=course).url)
    except CourseRefused as refusal:
        messages.warning(request, str(refusal))
        return redirect(course.url or "/")


@login_required
@require_POST
def rename(request: PersonRequest, pk: int) -> HttpResponse:
    certificate = get_object_or_404(Certificate.objects.of(request.user), pk=pk)
    try:
        services.rename_certificate(certificate=certificate)
    except CourseRefused as refusal:
        messages.warning(request, str(refusal))
    else:
        messages.success(request, _("证书上的姓名换好了。"))
    return redirect(certificate.url)


def _unknown(request: HttpRequest, typed: str) -> HttpResponse:
    """`is_slip`: no school has given such a code, so something was copied wrongly."""
    facts = {"typed": typed[:40], "is_slip": not crockford.read(typed)}
    return _private(render(request, "courses/certificates/unknown.html", facts, status=404))


def _private(response: HttpResponse) -> HttpResponse:
    """Found by those who were given it, and by no search engine."""
    response["X-Robots-Tag"] = "noindex, nofollow"
    response["Referrer-Policy"] = "same-origin"
    return response


def _drawn(address: str) -> SafeString:
    drawn = segno.make(address, error="m").svg_inline(scale=4, border=2, omitsize=True)
    return mark_safe(drawn)  # noqa: S308  drawn by us
