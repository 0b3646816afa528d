from uuid import uuid4

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from membership.forms import ManyForm
from membership.services import give_many


@require_http_methods(["GET", "POST"])
def give_to_many(request: HttpRequest) -> HttpResponse:
    """In the office: one right for many, and then what became of each."""
    if not request.user.has_perm("membership.add_grant"):
        raise PermissionDenied
    form = ManyForm(request.POST or None, request.FILES or None, initial={"batch": uuid4()})
    if not form.is_valid():
        return render(request, "membership/office/many.html", {"form": form})
    facts = {name: form.cleaned_data[name] for name in ("emails", "tier", "scope", "ends_at", "note")}
    report = give_many(batch=form.cleaned_data["batch"].hex, **facts)
    return render(request, "membership/office/given.html", {"report": report})
