from django.http import JsonResponse

from live.errors import Refused, TooFast


def refused(refusal: Refused) -> JsonResponse:
    """A refusal as HTTP says it: the status, one sentence, and when to try again."""
    response = JsonResponse({"error": str(refusal.sentence), "code": refusal.code}, status=refusal.status)
    if isinstance(refusal, TooFast):
        response["Retry-After"] = str(refusal.retry_after)
    return response
