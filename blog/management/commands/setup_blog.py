"""Makes a blog ready to serve: database, site profile, owner. Asks nothing, repeats nothing."""

import os
import secrets
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.auth.password_validation import validate_password
from django.contrib.sites.models import Site
from django.core.exceptions import ValidationError
from django.core.management import BaseCommand, CommandError, CommandParser, call_command
from django.db import OperationalError, connection, transaction
from django.db.migrations.executor import MigrationExecutor

from blog import publishing
from blog.access import Role, give_role
from blog.management.binding import Bind
from blog.models import Author, Post, SiteProfile

PROFILE_OPTIONS = ("title", "tagline", "language", "time_zone")
DEMO_OWNER = "owner"

# Without the letters and digits that look alike in some typeface.
PASSWORD_ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"  # noqa: S105
PASSWORD_GROUPS = 4
GROUP_LETTERS = 5  # four groups of five are 100 bits


@dataclass(frozen=True, slots=True)
class NewOwner:
    """An account to make. Without a password of its own it gets a one-time one."""

    username: str
    email: str
    password: str | None


def one_time_password() -> str:
    """A random password that is easy to copy by hand: `kf3rt-9wxmd-…`."""
    return "-".join(
        "".join(secrets.choice(PASSWORD_ALPHABET) for _letter in range(GROUP_LETTERS))
        for _group in range(PASSWORD_GROUPS)
    )


def read_password(path: str) -> str:
    """The first line of the file, or of standard input for `-`.

    Raises:
        CommandError: it can't be read, or is empty.
    """
    try:
        text = sys.stdin.readline() if path == "-" else Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "not UTF-8"
        raise CommandError(f"--owner-password-file {path} can't be read ({reason}).") from None
    password = text.partition("\n")[0].rstrip("\r")
    if not password:
        source = "standard input" if path == "-" else path
        raise CommandError(f"There is no password in the first line of {source}.")
    return password


def first_sentence(error: ValidationError, *, option: str = "") -> str:
    """What is wrong, in one sentence that names the option."""
    if hasattr(error, "error_dict"):
        field, errors = next(iter(error.error_dict.items()))
        return first_sentence(errors[0], option=option or f"--{field.replace('_', '-')}")
    return f"{option}: {error.messages[0]}"


def refuse_wrong_values(given: dict[str, str]) -> None:
    """Looks at the words for the site profile before anything is touched.

    Raises:
        CommandError: a title that is empty or too long, an unknown language or time zone.
    """
    languages = [code for code, _name in settings.LANGUAGES]
    if given.get("language", languages[0]) not in languages:
        known = ", ".join(languages)
        raise CommandError(f"--language: “{given['language']}” is none of {known}.")
    others = {field.name for field in SiteProfile._meta.fields} - set(given)
    try:
        SiteProfile(**given).clean_fields(exclude=others)
    except ValidationError as error:
        raise CommandError(first_sentence(error)) from None


class Command(BaseCommand):
    """Migrates, writes the site profile, makes the owner; a second run changes nothing."""

    help = (
        "Makes the blog ready: database, title, language, time zone, owner. Repeatable; an option "
        "that is not given leaves what is there."
    )
    # The tables the checks would ask for are what this command makes.
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        """All that a blog is told once; nothing is asked for."""
        languages = ", ".join(code for code, _name in settings.LANGUAGES)
        parser.add_argument("--title", help="of the blog")
        parser.add_argument("--tagline", help="the line below the title; may be empty")
        parser.add_argument("--language", help=f"of menus and dates: {languages}")
        parser.add_argument("--time-zone", help="for example Europe/Berlin or Asia/Shanghai")
        parser.add_argument("--owner", metavar="NAME", help="account that may do everything")
        parser.add_argument("--owner-email", metavar="ADDRESS")
        parser.add_argument(
            "--owner-password-file",
            metavar="FILE",
            help="its first line is the owner's password; - is standard input. "
            "Without it a one-time password is made and printed",
        )
        parser.add_argument(
            "--demo",
            action="store_true",
            help="load the demonstration blog and make an owner, if the blog is empty",
        )
        parser.add_argument(
            "--bind",
            metavar="HOST:PORT",
            help="where it will be served, for the address that is printed when SITE_URL is unset",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Database, then profile, then owner; one transaction for the last two."""
        bind = Bind.parse(options["bind"]) if options["bind"] else None
        is_guessed = bind is not None and not os.environ.get("SITE_URL")
        site_url = bind.url if bind is not None and is_guessed else settings.SITE_URL
        given = {name: options[name] for name in PROFILE_OPTIONS if options[name] is not None}
        refuse_wrong_values(given)
        self._prepare_database()
        with transaction.atomic():
            is_empty = not User.objects.exists() and not Post.objects.exists()
            self._write_profile(given)
            owner = self._new_owner(options, is_demo=options["demo"] and is_empty)
            password = self._make_owner(owner) if owner is not None else ""
            # After the owner, who writes half of its posts and answers.
            if options["demo"] and is_empty:
                self._say("Loading the demonstration blog …")
                call_command("demo_content", stdout=self.stdout, stderr=self.stderr)
            self._name_site()
        # The password is shown when, and only when, the account is on disk.
        if owner is not None and owner.password is None:
            self._show_password(owner, password, site_url)

    def _say(self, text: str) -> None:
        """One line of progress, shown at once."""
        self.stdout.write(text)
        self.stdout.flush()

    def _prepare_database(self) -> None:
        try:
            executor = MigrationExecutor(connection)
        except OperationalError as error:
            reason = str(error).strip().partition("\n")[0]
            raise CommandError(f"The database can't be reached: {reason}") from None
        if plan := executor.migration_plan(executor.loader.graph.leaf_nodes()):
            self._say(f"Preparing the database ({len(plan)} steps) …")
        # Also without a plan: the roles' permissions follow this version's table.
        call_command("migrate", interactive=False, verbosity=0)
        if "DatabaseCache" in settings.CACHES["default"]["BACKEND"]:
            call_command("createcachetable", verbosity=0)

    def _write_profile(self, given: dict[str, str]) -> None:
        """Writes what was given and differs; the first run writes the defaults too."""
        profile = SiteProfile.current()
        changes = {name: value for name, value in given.items() if value != getattr(profile, name)}
        for name, value in changes.items():
            setattr(profile, name, value)
        if changes:
            profile.save()
            if "time_zone" in changes:
                publishing.change_time_zone(profile)
        if changes:
            self._say(f"The blog is “{profile.title}”, {profile.language}, {profile.time_zone}.")

    def _name_site(self) -> None:
        """What mails of the log-in pages call the blog: its title as it is in the end."""
        name, domain = SiteProfile.current().title[:50], settings.SITE.netloc[:100]
        if not Site.objects.filter(pk=settings.SITE_ID, name=name, domain=domain).exists():
            Site.objects.update_or_create(
                pk=settings.SITE_ID, defaults={"name": name, "domain": domain}
            )

    def _new_owner(self, options: dict[str, Any], *, is_demo: bool) -> NewOwner | None:
        """The owner to make; None when none was asked for, or the account is there.

        Raises:
            CommandError: name, address or password can't be used.
        """
        username = options["owner"] or (DEMO_OWNER if is_demo else "")
        email = options["owner_email"] or ""
        path = options["owner_password_file"]
        if not username:
            if email or path:
                raise CommandError("--owner NAME is missing: whose address or password is this?")
            return None
        if User.objects.filter(username=username).exists():
            if options["owner"]:
                self._say(f"The account “{username}” exists and stays as it is.")
            return None
        if settings.HAS_MAIL and not email:
            raise CommandError(
                "Log-in asks for a confirmed address because EMAIL_URL is set: "
                "add --owner-email ADDRESS."
            )
        owner = NewOwner(username, email, read_password(path) if path else None)
        user = User(username=username, email=email)
        try:
            user.clean_fields(exclude=["password"])
            if owner.password is not None:
                validate_password(owner.password, user)
        except ValidationError as error:
            if not hasattr(error, "error_dict"):
                raise CommandError(first_sentence(error, option="--owner-password-file")) from None
            option = "--owner" if "username" in error.error_dict else "--owner-email"
            raise CommandError(first_sentence(error, option=option)) from None
        return owner

    def _make_owner(self, owner: NewOwner) -> str:
        """The account with its role, its author and its confirmed address; its password."""
        password = owner.password or one_time_password()
        user = User.objects.create_user(owner.username, owner.email, password)
        give_role(user, Role.OWNER)
        author = Author.objects.writing_as(user)
        author.has_initial_password = owner.password is None
        author.save(update_fields=["has_initial_password"])
        if owner.email:
            EmailAddress.objects.create(user=user, email=owner.email, primary=True, verified=True)
        self._say(f"The owner is “{owner.username}”.")
        return password

    def _show_password(self, owner: NewOwner, password: str, site_url: str) -> None:
        lines = [
            "",
            "  Log in and write:",
            "",
            f"    Address   {site_url}/admin/",
            f"    Name      {owner.username}",
            f"    Password  {password}",
            "",
            "  It is shown this once. The admin reminds you to choose your own;",
            f"  if you lose it: manage.py changepassword {owner.username}",
            "",
        ]
        self._say("\n".join(lines))
