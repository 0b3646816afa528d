"""On how many devices a membership is used at a time. A tier without a limit asks nothing and writes nothing."""

from datetime import timedelta
from functools import partial
from importlib import import_module

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.browsers import Browser, browser_of
from accounts.models import User
from membership.models import Device
from membership.signals import device_released

FRESH = timedelta(minutes=10)  # a device in use is noted no more often
LONG_AGO = timedelta(days=90)


def in_the_way(person: User, most: int) -> list[Device]:
    """The devices that fill all `most` places, when the one that asks is not among them. One query; none without a limit."""
    browser = browser_of(person)
    if browser is None or not most:
        return []
    standing = list(Device.objects.standing_of(person))
    mine = browser.device = _found(standing, browser)
    if mine in standing[:most] or (mine is None and len(standing) < most):
        return []
    return standing[:most]


def count(person: User) -> None:
    """The device that asks, which nothing was found to be in the way of, takes its place or is seen again."""
    browser = browser_of(person)
    if browser is None:
        return
    browser.device = browser.device or _new(person, browser)
    _see(browser.device, browser)


def release(*, device: Device) -> None:
    """Sign that browser out, close what it hears, and give its place to another. Again changes nothing."""
    gone = Device.objects.filter(pk=device.pk, released_at=None).update(released_at=timezone.now())
    if gone:
        import_module(settings.SESSION_ENGINE).SessionStore(device.session).delete()
        transaction.on_commit(partial(device_released.send_robust, sender=Device, person=device.person))


def sentence(devices: list[Device]) -> str:
    names = "、".join(device.name for device in devices)
    told = _("你的会员可以在 %(most)s 台设备上用，现在用着的是：%(names)s。到「我」的页面移除一台，再回到这里。")
    return told % {"most": len(devices), "names": names}


def _found(devices: list[Device], browser: Browser) -> Device | None:
    """By its session, also before it has had the time to bring a cookie; else by the cookie, which outlives sessions."""
    same_session = [device for device in devices if device.session == browser.session.session_key]
    return next(iter([*same_session, *(device for device in devices if device.key == browser.key)]), None)


def _new(person: User, browser: Browser) -> Device:
    """Several requests of one page may come at once: they are one device."""
    Device.objects.filter(person=person, released_at__lt=timezone.now() - LONG_AGO).delete()
    facts = {"name": browser.name[:60], "key": browser.remember(), "seen_at": timezone.now()}
    session = browser.session.session_key or ""
    try:
        with transaction.atomic():
            return Device.objects.get_or_create(person=person, session=session, released_at=None, defaults=facts)[0]
    except IntegrityError:
        return Device.objects.standing_of(person).get(key=browser.key)


def _see(device: Device, browser: Browser) -> None:
    if device.key != browser.key:
        browser.remember(device.key)
    session = browser.session.session_key or ""
    if device.session != session or device.seen_at < timezone.now() - FRESH:
        device.session, device.name, device.seen_at = session, browser.name[:60], timezone.now()
        device.save(update_fields=["session", "name", "seen_at"])
