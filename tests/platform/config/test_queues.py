"""What takes long holds up no letter and no payment: it is done by a worker of its own."""

import pytest
from django.conf import settings

from cms.carrying.tasks import carry, clone
from media.tasks import check_upload, render, transcribe
from notify.tasks import send_due, send_message

pytestmark = pytest.mark.once
LETTERS = settings.TASKS["default"]["QUEUES"][0]


def test_letters_wait_in_the_first_queue():
    assert send_message.queue_name == LETTERS


def test_what_waited_for_the_morning_lets_a_receipt_go_first():
    assert send_due.queue_name == LETTERS
    assert send_due.priority < send_message.priority


@pytest.mark.parametrize("task", [render, check_upload, carry, clone, transcribe], ids=lambda task: task.name)
def test_what_downloads_gigabytes_waits_in_another(task):
    assert task.queue_name != LETTERS


def test_an_upload_is_looked_at_before_the_next_film_is_made():
    assert check_upload.queue_name == render.queue_name
    assert check_upload.priority > render.priority
