from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from media.errors import StoreUnreachable
from media.store import store


class Command(BaseCommand):
    help = "Let the school's pages put uploads straight into the S3 bucket (CORS). Rules for other origins are kept."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.S3_BUCKET:
            raise CommandError(_("没有设 S3_BUCKET：文件存在本机，不需要这一步。"))
        from media.store import cors  # with boto3, only where there is a bucket

        try:
            cors.let_in(store(), settings.SITE_URL)  # type: ignore[arg-type]
        except StoreUnreachable as error:
            raise CommandError(_("存储不让改：{error}").format(error=error)) from error
        self.stdout.write(_("{url} 的页面现在可以直接上传到存储桶了。").format(url=settings.SITE_URL))
