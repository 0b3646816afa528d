"""When Stripe does not answer, or says no."""

import pytest
from at_stripe import BROKEN, begin

from payments.errors import ProviderRefused, ProviderUnreachable
from payments.providers.stripe import client as stripe_client
from payments.simulators.till import Reply

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.once]


@pytest.mark.parametrize(
    "answer",
    [BROKEN, Reply("<html>", status=502), Reply('{"error": {"message": "slow down"}}', status=429),
     Reply('{"error": {"message": "in use", "code": "lock_timeout"}}', status=409), Reply("not JSON", status=200)],
)  # fmt: skip
def test_while_stripe_is_unwell_the_buyer_is_asked_to_wait(order, till, answer):
    till.fail_next(answer)
    with pytest.raises(ProviderUnreachable):
        begin(order)
    assert begin(order)  # and then it is as if nothing had been


def test_nobody_answers_at_the_address(order, settings):
    settings.STRIPE["api"] = "http://127.0.0.1:9"
    with pytest.raises(ProviderUnreachable):
        begin(order)


def test_a_key_that_is_not_taken_blames_no_payment(order, settings):
    settings.STRIPE["secret_key"] = "sk_test_wrong"
    with pytest.raises(ProviderUnreachable):
        begin(order)


def test_a_refused_session_is_told_in_stripes_words(order, till):
    order.title = ""
    order.save()
    with pytest.raises(ProviderRefused, match="Missing required param"):
        begin(order)


def test_one_failure_is_tried_again_at_once(order, till, monkeypatch):
    monkeypatch.setattr(stripe_client, "RETRIES", 1)
    stripe_client._client.cache_clear()
    till.fail_next(BROKEN)
    assert begin(order)
