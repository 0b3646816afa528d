from typing import Any, ClassVar

from django.contrib.auth.models import AbstractUser, UserManager
from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    LEARNER = "learner", _("学员")
    INSTRUCTOR = "instructor", _("讲师")
    ASSISTANT = "assistant", _("助教")
    AUTHOR = "author", _("撰稿")
    EDITOR = "editor", _("编辑")
    OPERATOR = "operator", _("运营")
    OWNER = "owner", _("校长")


STAFF_ROLES = {Role.AUTHOR, Role.EDITOR, Role.OPERATOR, Role.OWNER}


class PeopleManager(UserManager["User"]):
    """People are known by e-mail; there is no user name."""

    def _create_user(self, username: str, email: str | None, password: str | None, **extra: Any) -> "User":
        user = self.model(email=self.normalize_email(email or username).lower(), **extra)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_user(self, email: str, password: str | None = None, **extra: Any) -> "User":  # type: ignore[override]
        return self._create_user(email, email, password, **extra)

    def create_superuser(self, email: str, password: str | None = None, **extra: Any) -> "User":  # type: ignore[override]
        return self._create_user(email, email, password, is_superuser=True, role=Role.OWNER, **extra)

    def by_email(self, email: str) -> "User":
        return self.get(email__iexact=email.strip())


class User(AbstractUser):
    """One person of the school. `role` says what they do here; what they may *open* is membership's answer."""

    username = None  # type: ignore[assignment]
    first_name = None  # type: ignore[assignment]
    last_name = None  # type: ignore[assignment]
    email = models.EmailField(_("邮箱"), unique=True)
    name = models.CharField(_("称呼"), max_length=40, blank=True)
    role = models.CharField(_("角色"), max_length=12, choices=Role, default=Role.LEARNER)
    language = models.CharField(_("语言"), max_length=10, blank=True)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    objects = PeopleManager()  # type: ignore[misc]

    class Meta:
        verbose_name = _("人")
        verbose_name_plural = _("人")

    def __str__(self) -> str:
        return self.display_name

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.email = self.email.lower()
        self.is_staff = self.is_superuser or self.role in STAFF_ROLES
        super().save(*args, **kwargs)

    @property
    def display_name(self) -> str:
        return self.name or self.email.partition("@")[0]

    @property
    def seal(self) -> str:
        """The one character that stands for this person instead of a picture."""
        return self.display_name[:1].upper()

    def get_full_name(self) -> str:
        return self.display_name

    def get_short_name(self) -> str:
        return self.display_name

    @property
    def is_school_staff(self) -> bool:
        return self.is_staff
