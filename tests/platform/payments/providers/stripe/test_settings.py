"""Keys that are missing, cut off or meant for tests."""

import pytest
from django.core.checks import run_checks

from payments.providers.stripe import events

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.once]


def stripe_errors():
    return [one.id for one in run_checks() if one.id in ("config.E013", "config.E014")]


@pytest.mark.parametrize(
    ("key", "secrets", "found"),
    [
        ("sk_live_x", ["whsec_x"], []),
        ("rk_live_x", ["whsec_x", "whsec_y"], []),
        ("", ["whsec_x"], ["config.E013"]),
        ("pk_live_x", ["whsec_x"], ["config.E013"]),
        ("sk_live_x", [], ["config.E013"]),
        ("sk_live_x", ["whsec_x", "y"], ["config.E013"]),
        ("sk_test_x", ["whsec_x"], ["config.E014"]),
    ],
)
def test_missing_or_cut_off_keys_are_found_before_the_first_buyer(settings, key, secrets, found):
    settings.DEBUG = False
    settings.STRIPE = {"secret_key": key, "webhook_secrets": secrets, "api": ""}
    assert stripe_errors() == found


def test_a_test_key_may_be_tried_out_and_keys_nobody_needs_may_be_missing(settings):
    settings.DEBUG = True
    settings.STRIPE = {"secret_key": "sk_test_x", "webhook_secrets": ["whsec_x"], "api": ""}
    assert stripe_errors() == []
    settings.DEBUG, settings.PAYMENTS, settings.STRIPE = False, ["alipay"], {"secret_key": "", "webhook_secrets": []}
    assert stripe_errors() == []


def test_the_owner_is_told_to_send_exactly_what_is_followed():
    from django.conf import settings

    told = (settings.BASE_DIR / "docs/stripe.md").read_text("utf-8").split("\n\n")
    listed = {name for block in told if block.startswith("       ") for name in block.split()}
    assert listed == set(events.FOLLOWED)
