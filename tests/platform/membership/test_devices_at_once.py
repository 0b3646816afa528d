"""One new browser's page asks for ten things at the same moment: that is one device."""

import pytest
from django.test import Client
from django.utils import timezone
from racing import at_once

from accounts.browsers import Browser
from membership.access import Need, access
from membership.devices import count
from membership.models import Device, Tier

pytestmark = pytest.mark.django_db(transaction=True)


def come(person_pk, session, answers, need):
    from accounts.models import User

    person = User.objects.get(pk=person_pk)
    person.browser = Browser("", "Windows · Chrome", session)
    answer = access(person, need)
    if answer.allowed:
        count(person)
    answers.append(answer.allowed)


@pytest.fixture
def need(inner, course):
    Tier.objects.filter(pk=inner.pk).update(max_devices=2)
    return Need(scope=course.scope, tier_rank=inner.rank)


@pytest.fixture
def sign_in(ben):
    """A session of a browser of ben's that brings no cookie yet."""

    def signed_in():
        client = Client()
        client.force_login(ben, backend="django.contrib.auth.backends.ModelBackend")
        return client.session

    return signed_in


def test_ten_requests_of_one_new_browser_are_one_device(ben, need, sign_in):
    session, answers = sign_in(), []
    assert at_once(*[lambda: come(ben.pk, session, answers, need)] * 10) == []
    assert answers == [True] * 10
    assert Device.objects.standing_of(ben).count() == 1


def test_of_ten_new_browsers_at_once_two_keep_a_place(ben, need, sign_in):
    sessions = [sign_in() for _ in range(10)]
    assert at_once(*[lambda session=session: come(ben.pk, session, [], need) for session in sessions]) == []
    after = []
    for session in sessions:
        come(ben.pk, session, after, need)
    assert after.count(True) == 2
    assert all(device.seen_at <= timezone.now() for device in Device.objects.all())
