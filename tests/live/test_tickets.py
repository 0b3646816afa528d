from datetime import timedelta

import pytest
from django.utils import timezone

from live.errors import BadTicket, NoAccess, NotRelayedHere
from live.models import Ticket
from live.services.tickets import issue_ticket, redeem
from membership.services import withdraw


def test_a_member_gets_in_through_their_cohort(ben, broadcast, cohort):
    ticket = issue_ticket(person=ben, broadcast=broadcast, part="listen", cohort_id=cohort.pk)
    visit = redeem(ticket=ticket, part="listen")
    assert (visit.person, visit.cohort, visit.hosts) == (ben.pk, cohort.pk, False)
    assert visit.until is not None


def test_a_ticket_is_used_once(ben, broadcast):
    ticket = issue_ticket(person=ben, broadcast=broadcast, part="listen")
    redeem(ticket=ticket, part="listen")
    with pytest.raises(BadTicket):
        redeem(ticket=ticket, part="listen")


def test_a_ticket_for_listening_does_not_open_the_microphone(ben, broadcast):
    ticket = issue_ticket(person=ben, broadcast=broadcast, part="listen")
    with pytest.raises(BadTicket):
        redeem(ticket=ticket, part="speak")


def test_a_ticket_is_stale_after_a_minute(ben, broadcast):
    ticket = issue_ticket(person=ben, broadcast=broadcast, part="listen")
    Ticket.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    with pytest.raises(BadTicket):
        redeem(ticket=ticket, part="listen")


def test_the_ticket_itself_is_kept_nowhere(ben, broadcast):
    ticket = issue_ticket(person=ben, broadcast=broadcast, part="listen")
    assert ticket not in str(list(Ticket.objects.values()))


@pytest.mark.parametrize("persona", ["cat", "dan", "eve", "finn", "gwen"])
def test_nobody_without_the_right_gets_a_ticket(persona, broadcast, request):
    with pytest.raises(NoAccess):
        issue_ticket(person=request.getfixturevalue(persona), broadcast=broadcast, part="listen")


def test_a_member_does_not_get_the_microphone(ben, broadcast):
    with pytest.raises(NoAccess):
        issue_ticket(person=ben, broadcast=broadcast, part="speak")


def test_a_member_does_not_listen_in_a_cohort_that_is_not_theirs(ben, broadcast, other_cohort):
    with pytest.raises(NotRelayedHere):
        issue_ticket(person=ben, broadcast=broadcast, part="listen", cohort_id=other_cohort.pk)


@pytest.mark.parametrize("persona", ["ada", "olga", "otto"])
def test_those_who_host_may_speak(persona, broadcast, request):
    person = request.getfixturevalue(persona)
    assert redeem(ticket=issue_ticket(person=person, broadcast=broadcast, part="speak"), part="speak").hosts


def test_a_ticket_not_yet_used_is_void_when_the_right_ends(ben, broadcast, django_capture_on_commit_callbacks):
    ticket = issue_ticket(person=ben, broadcast=broadcast, part="listen")
    with django_capture_on_commit_callbacks(execute=True):
        withdraw(source=ben.grants.get().source)
    with pytest.raises(BadTicket):
        redeem(ticket=ticket, part="listen")
