from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand

from config.clock import Clock


class Command(BaseCommand):
    help = "Do what waits in the queue, and put there what is done again and again (config/clock.py). ctrl-C ends it."

    def handle(self, *args: Any, **options: Any) -> None:
        with Clock():
            call_command("db_worker", reload=False, interval=0.5, queue_name="*", verbosity=options["verbosity"])
