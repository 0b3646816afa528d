"""While WeChat's keys change, both are believed."""

import pytest
from at_wechat import by_both_keys, is_paid, pay, post, start

from payments.providers.wechat import client
from payments.simulators.till import Reply

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.once]


@by_both_keys
def test_while_keys_change_both_are_believed(order, tea, till):
    """In grey-scale switching, notices come signed by either."""
    pay(order, till)
    headers, body = till.mail.lost()
    for seal in (till.keys.bare, *till.keys.certified):
        is_known = not seal.is_bare or till.seal.is_bare
        status = post({**headers, **till.signature(body.decode(), seal)}, body).status_code
        assert status == (200 if is_known else 400), seal.serial
    assert tea.deliveries == 1


@by_both_keys
def test_a_new_certificate_is_fetched_when_it_is_first_used(order, tea, till):
    core = client.client().core
    start(order)
    till.rotate()
    core._asks_again_at = 0.0  # the last time was long ago
    pay(order, till)
    assert till.mail.arrives() == [200]
    assert is_paid(order, tea)


@pytest.mark.parametrize("signed_by", ["certificates"])
def test_the_certificates_we_have_stay_while_wechat_shows_none(order, till):
    core = client.client().core
    start(order)
    assert core._certificates
    core._asks_again_at = 0.0
    till.fail_next(Reply(status=500))
    core._update_certificates()
    assert core._certificates
