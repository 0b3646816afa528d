"""`manage.py doctor`: is this installation well?"""

import json
import sys
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from config.doctor import Finding, Level, examine

WORDS = {Level.OK: "OK", Level.NOTE: gettext_lazy("注意"), Level.BAD: gettext_lazy("不行")}


class Command(BaseCommand):
    help = "Say what is configured, reachable and unsafe; exit 1 when something is broken."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="one JSON document instead of lines")

    def handle(self, **options: Any) -> None:
        findings: list[Finding] = []
        for finding in examine():
            findings.append(finding)
            if not options["json"]:
                self._say(finding)
        broken = sum(finding.level == Level.BAD for finding in findings)
        if options["json"]:
            report = {"well": not broken, "findings": [asdict(finding) for finding in findings]}
            self.stdout.write(json.dumps(report, ensure_ascii=False, indent=2))
        else:
            self.stdout.write(self._verdict(findings, broken))
        if broken:
            sys.exit(1)

    def _say(self, finding: Finding) -> None:
        style = {Level.OK: self.style.SUCCESS, Level.NOTE: self.style.WARNING, Level.BAD: self.style.ERROR}
        self.stdout.write(f"{style[finding.level](str(WORDS[finding.level])):<6} {finding.topic}:{finding.sentence}")
        if finding.remedy:
            self.stdout.write(f"       → {finding.remedy}")

    def _verdict(self, findings: list[Finding], broken: int) -> str:
        if broken:
            return self.style.ERROR(_("有 {n} 项不行，见上。").format(n=broken))
        if notes := sum(finding.level == Level.NOTE for finding in findings):
            return self.style.WARNING(_("都能用；有 {n} 项请注意。").format(n=notes))
        return self.style.SUCCESS(_("一切可用。"))
