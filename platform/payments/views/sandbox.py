from django.http import Http404, HttpRequest, HttpResponse


def cashier(request: HttpRequest, reference: str) -> HttpResponse:
    raise Http404
