from datetime import timedelta

import pytest
from django.utils import timezone

from live.errors import BadTicket, NoAccess, NotRelayedHere
from live.models import Keeper, Ticket
from live.services.tickets import issue_ticket, redeem, redeem_all, renew_tickets
from membership.services import withdraw

pytestmark = pytest.mark.once


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


def test_the_way_back_is_good_while_the_process_that_holds_the_socket_lives(ben, broadcast):
    ticket = issue_ticket(person=ben, broadcast=broadcast, part="listen")
    visit = redeem_all(asked=[(ticket, "listen")], keeper="here")[0]
    Ticket.objects.update(expires_at=timezone.now() - timedelta(hours=3))
    renew_tickets(keeper="here")
    again = redeem_all(asked=[(visit.again, "listen")], keeper="there")[0]
    assert (again.person, again.came_with) == (ben.pk, visit.again_id)
    assert redeem_all(asked=[(visit.again, "listen")], keeper="there") == [None]


def test_the_way_back_is_closed_a_minute_after_the_process_died_or_the_socket_closed(ben, broadcast):
    tickets = [issue_ticket(person=ben, broadcast=broadcast, part="listen") for _ in range(2)]
    one, other = redeem_all(asked=[(ticket, "listen") for ticket in tickets], keeper="here")
    renew_tickets(keeper="here", closed=[one.again_id])
    Ticket.objects.filter(pk=one.again_id).update(expires_at=timezone.now())
    assert redeem_all(asked=[(one.again, "listen")]) == [None]
    Ticket.objects.filter(pk=other.again_id).update(expires_at=timezone.now())
    Keeper.objects.update(seen_at=timezone.now() - timedelta(seconds=61))
    assert redeem_all(asked=[(other.again, "listen")]) == [None]


def test_the_way_back_is_void_when_the_right_ends_or_the_person_is_banned(
    ben, bob, broadcast, django_capture_on_commit_callbacks
):
    tickets = [issue_ticket(person=person, broadcast=broadcast, part="listen") for person in (ben, bob)]
    bens, bobs = redeem_all(asked=[(ticket, "listen") for ticket in tickets], keeper="here")
    with django_capture_on_commit_callbacks(execute=True):
        withdraw(source=ben.grants.get().source)
    bob.is_active = False
    bob.save()
    assert redeem_all(asked=[(bens.again, "listen"), (bobs.again, "listen")]) == [None, None]
