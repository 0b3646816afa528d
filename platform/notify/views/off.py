"""The end of mails of a kind, for whoever has such a mail: no sign-in."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from notify import tokens
from notify.errors import NoSuchToken
from notify.models import Kind, Wishes
from notify.services import switch_off


@csrf_exempt  # the mail program itself asks, and the token is what a form's own would prove
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def off(request: HttpRequest, token: str) -> HttpResponse:
    """Looking changes nothing: programs open whatever stands in a mail."""
    try:
        person, kinds = tokens.read(token)
    except NoSuchToken:
        return render(request, "notify/off_unknown.html", status=404)
    wishes = switch_off(person=person, kinds=kinds) if request.method == "POST" else Wishes.of(person)
    is_off = not any(wishes.wants(kind) for kind in kinds)
    return render(request, "notify/off.html", {"kinds": [Kind(kind).label for kind in kinds], "is_off": is_off})
