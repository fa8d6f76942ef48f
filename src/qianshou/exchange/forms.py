"""The shape of deliveries, decisions about them, and the mapping of a new source."""

import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from django import forms
from django.utils.translation import gettext_lazy as _

from qianshou.exchange.models import Agreement
from qianshou.exchange.rules import catalogue
from qianshou.exchange.rules.profile import DELIVERIES
from qianshou.exchange.rules.streams import MECHANISMS, TEXTS

ACCEPTED = ".xlsx,.csv,.txt"
DEPARTMENTS = [
    ("civil_affairs", _("civil affairs")),
    ("education", _("education department")),
    ("disabled_persons", _("disabled persons' federation")),
    ("health", _("health department")),
    ("police", _("police")),
    ("federation", _("women's federation")),
]


class UploadForm(forms.Form):
    """A file of a source."""

    source = forms.ChoiceField(label=_("Source"), widget=forms.RadioSelect)
    file = forms.FileField(
        label=_("File"),
        help_text=_("Excel workbook (.xlsx) or text (.csv). You can drop the file on this field."),
        widget=forms.ClearableFileInput(attrs={"accept": ACCEPTED}),
    )

    def __init__(self, *args: Any, sources: Iterable[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = forms.ChoiceField(choices=list(sources)).choices
        self.fields["source"].choices = choices  # type: ignore[attr-defined]


class FileForm(forms.Form):
    """One file: mended rows, or a sample."""

    file = forms.FileField(
        label=_("File"), widget=forms.ClearableFileInput(attrs={"accept": ACCEPTED})
    )


class ReasonForm(forms.Form):
    """Why somebody reads, dismisses, refuses or undoes something."""

    reason = forms.CharField(label=_("Reason"), min_length=4, max_length=200)


class SampleForm(FileForm):
    """A sample file of a source that does not exist yet."""

    target = forms.ChoiceField(
        label=_("Whom the list is about"),
        choices=[("CHILD", _("children")), ("MOTHER", _("loving mothers"))],
        widget=forms.RadioSelect,
        initial="CHILD",
    )


class SourceForm(forms.Form):
    """What a new source is called and how it delivers; the columns stand beside it."""

    code = forms.SlugField(
        label=_("Code"), max_length=60, help_text=_("Latin letters, digits and hyphens; it stays.")
    )
    name = forms.CharField(label=_("Name of the source"), max_length=80)
    department = forms.ChoiceField(
        label=_("Department"),
        choices=DEPARTMENTS,
    )
    delivery = forms.ChoiceField(
        label=_("What a file holds"),
        choices=[
            ("changes", _("only what is new or changed")),
            ("full", _("the whole list; who is missing has left it")),
        ],
        widget=forms.RadioSelect,
        initial=DELIVERIES[1],
    )
    trust = forms.IntegerField(
        label=_("Trust"), min_value=0, max_value=100, initial=60,
        help_text=_("From 0 to 100; where departments differ, the more trusted one is followed."),
    )  # fmt: skip


class WayForm(forms.Form):
    """Where a source is to be asked."""

    url = forms.CharField(label=_("Address of the interface"), max_length=300)
    addresses = forms.CharField(
        label=_("IP addresses"), max_length=400,
        help_text=_("Separated by spaces. Requests go to these alone; names are never looked up."),
    )  # fmt: skip

    def clean_addresses(self) -> list[str]:
        """Return the addresses one by one."""
        text: str = self.cleaned_data["addresses"]
        return re.sub(r"[,;，；、]", " ", text).split()


class SecretForm(forms.Form):
    """The secret that a source is asked with."""

    secret = forms.CharField(
        label=_("Secret"), min_length=8, max_length=500, strip=False,
        help_text=_("It is sealed at once; nobody can read it again here."),
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
    )  # fmt: skip


def mapping_from(posted: Any, names: Iterable[str], target: str) -> dict[str, str]:
    """Return field -> header from the selects `map-<position>`; the first of a field wins."""
    known = catalogue.FIELDS[target]
    found: dict[str, str] = {}
    for position, name in enumerate(names):
        field = posted.get(f"map-{position}", "")
        if field in known and name:
            found.setdefault(field, name)
    return found


def texts_from(posted: Any) -> dict[int, str]:
    """Return the corrected cells of one row from the fields `cell-<position>`."""
    return {
        int(name.removeprefix("cell-")): text
        for name, text in posted.items()
        if name.startswith("cell-") and name.removeprefix("cell-").isdecimal()
    }


class ConnectForm(forms.Form):
    """What a source that arrives by itself is called, and which way it takes."""

    kind = forms.ChoiceField(
        label=_("How its rows arrive"),
        choices=[
            ("rest", _("We ask an interface of the department (REST)")),
            ("view", _("We read a view of its database")),
            ("folder", _("It drops files into a folder")),
            ("push", _("It sends them to our interface")),
            ("stream", _("It sends messages through a broker (NATS, RabbitMQ, Kafka)")),
        ],
        widget=forms.RadioSelect, initial="rest",
    )  # fmt: skip
    name = forms.CharField(label=_("Name of the source"), max_length=80)
    code = forms.SlugField(
        label=_("Code"), max_length=60, help_text=_("Latin letters, digits and hyphens; it stays.")
    )
    department = forms.ChoiceField(label=_("Department"), choices=DEPARTMENTS)
    target = forms.ChoiceField(
        label=_("Whom the list is about"),
        choices=[("CHILD", _("children")), ("MOTHER", _("loving mothers"))],
        widget=forms.RadioSelect, initial="CHILD",
    )  # fmt: skip
    delivery = forms.ChoiceField(
        label=_("What one delivery holds"),
        choices=[
            ("changes", _("only what is new or changed")),
            ("full", _("the whole list; who is missing has left it")),
        ],
        widget=forms.RadioSelect, initial="changes",
    )  # fmt: skip

    def clean(self) -> None:
        """Refuse what no broker can bring: messages never say who is missing."""
        super().clean()
        given = self.cleaned_data
        if (given.get("kind"), given.get("delivery")) == ("stream", "full"):
            self.add_error("delivery", _("A broker brings what is new or changed, no whole list."))


class ConnectionForm(forms.Form):
    """Where the rows of a source come from; each way has the fields it needs."""

    every = forms.IntegerField(
        label=_("Ask every how many minutes"), min_value=1, max_value=44_640, initial=15
    )

    def __init__(self, data: Any = None, *, fetch: Mapping[str, Any]) -> None:
        super().__init__(data, initial=self.initial_from(fetch))

    def initial_from(self, fetch: Mapping[str, Any]) -> dict[str, Any]:
        """Return what stands in the profile as the form shows it."""
        return {name: fetch[name] for name in self.base_fields if name in fetch}

    def fetch(self) -> dict[str, Any]:
        """Return the table `fetch` of the profile."""
        return {"every": self.cleaned_data["every"]}


class FolderForm(ConnectionForm):
    """A watched folder needs nothing but how often it is looked at."""

    def fetch(self) -> dict[str, Any]:
        """Return the table `fetch` of the profile."""
        return {"kind": "folder", **super().fetch()}


class PushForm(ConnectionForm):
    """A pushed source needs the secret that its batches are signed with."""

    every = None  # type: ignore[assignment]
    open_runs = forms.IntegerField(
        label=_("Batches at work at a time"), min_value=1, max_value=1000, initial=20
    )
    secret = forms.CharField(
        label=_("Secret"), min_length=16, max_length=500, required=False, strip=False,
        help_text=_("Both sides know it; batches are signed with it. Empty: it stays as it is."),
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
    )  # fmt: skip

    def fetch(self) -> dict[str, Any]:
        """Return the table `fetch` of the profile."""
        return {"kind": "push", "open_runs": self.cleaned_data["open_runs"]}


class AskedForm(ConnectionForm):
    """What is common to the ways on which we ask: addresses and a secret."""

    addresses = forms.CharField(
        label=_("IP addresses"), max_length=400, required=False,
        help_text=_("Separated by spaces. Requests go to these alone; names are never looked up."
                    " Two administrators approve them."),
    )  # fmt: skip
    secret = forms.CharField(
        label=_("Secret"), min_length=4, max_length=500, required=False, strip=False,
        help_text=_("Sealed at once; nobody can read it here again. Empty: it stays as it is."),
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
    )  # fmt: skip

    def clean_addresses(self) -> list[str]:
        """Return the addresses one by one."""
        text: str = self.cleaned_data["addresses"]
        return re.sub(r"[,;，；、]", " ", text).split()


class RestForm(AskedForm):
    """An interface that we ask over HTTP."""

    TEXTS = (
        "url", "rows", "total", "paging", "cursor_at", "since_param", "auth", "header",
        "token_url", "client_id", "key_id",
    )  # fmt: skip
    field_order = ("url", "addresses", "auth", "secret", "header", "token_url", "client_id",
                   "key_id", "rows", "paging", "cursor_at", "size", "total", "since_param",
                   "every")  # fmt: skip
    url = forms.CharField(label=_("Address of the interface"), max_length=300)
    auth = forms.ChoiceField(
        label=_("How we prove who we are"),
        choices=[("none", _("not at all")), ("header", _("a key in a header")),
                 ("oauth2", _("OAuth 2 client credentials")), ("signed", _("a signature"))],
    )  # fmt: skip
    header = forms.CharField(
        label=_("Name of the header"), max_length=60, required=False,
        help_text=_("Such as X-Api-Key."),
    )  # fmt: skip
    token_url = forms.CharField(
        label=_("Address that gives tokens"), max_length=300, required=False,
        help_text=_("At the same IP addresses."),
    )  # fmt: skip
    client_id = forms.CharField(label=_("Our client id"), max_length=100, required=False)
    key_id = forms.CharField(label=_("Name of our key"), max_length=100, required=False)
    rows = forms.CharField(
        label=_("Where the rows stand in the answer"), max_length=100, required=False,
        help_text=_("Such as data.items; empty if the answer is the list itself."),
    )  # fmt: skip
    paging = forms.ChoiceField(
        label=_("Pages"),
        choices=[("none", _("all rows at once")), ("page", _("numbered pages")),
                 ("cursor", _("each page names the next one"))],
    )  # fmt: skip
    cursor_at = forms.CharField(
        label=_("Where the next page is named"), max_length=100, required=False,
        help_text=_("Such as data.next, where each page names the next one."),
    )  # fmt: skip
    size = forms.IntegerField(
        label=_("Rows on a page"), min_value=1, max_value=10_000, initial=500, required=False
    )
    total = forms.CharField(
        label=_("Where the number of all rows stands"), max_length=100, required=False,
        help_text=_("Such as data.total; fewer rows than that are not taken in."),
    )  # fmt: skip
    since_param = forms.CharField(
        label=_("Parameter for “changed since”"), max_length=60, required=False,
        help_text=_("Empty if the interface always answers everything."),
    )  # fmt: skip

    def fetch(self) -> dict[str, Any]:
        """Return the table `fetch` of the profile."""
        given = self.cleaned_data
        found: dict[str, Any] = {"kind": "rest", **super().fetch()}
        found.update({name: given[name] for name in self.TEXTS if given.get(name)})
        if given.get("size"):
            found["size"] = given["size"]
        return found


class ViewForm(AskedForm):
    """A view of a department's database."""

    PORTS = {"postgresql": 5432, "mysql": 3306, "mariadb": 3306, "mssql": 1433, "oracle": 1521,
             "dm": 5236, "kingbase": 54321}  # fmt: skip
    field_order = ("kind", "host", "port", "database", "user", "secret", "addresses", "schema",
                   "view", "key", "watermark", "every")  # fmt: skip
    kind = forms.ChoiceField(
        label=_("Kind of database"),
        choices=[("postgresql", "PostgreSQL"), ("mysql", "MySQL"), ("mariadb", "MariaDB"),
                 ("mssql", "SQL Server"), ("oracle", "Oracle"), ("dm", "DM 达梦"),
                 ("kingbase", "Kingbase 金仓")],
    )  # fmt: skip
    host = forms.CharField(label=_("Name or address of the server"), max_length=253)
    port = forms.IntegerField(
        label=_("Port"), min_value=1, max_value=65_535, required=False,
        help_text=_("Empty for the usual one."),
    )  # fmt: skip
    database = forms.CharField(label=_("Database"), max_length=100)
    user = forms.CharField(label=_("User who may only read the view"), max_length=100)
    schema = forms.CharField(label=_("Schema"), max_length=100, required=False)
    view = forms.CharField(label=_("View"), max_length=100)
    key = forms.CharField(
        label=_("Column that numbers the rows"), max_length=100,
        help_text=_("Each row has one of its own; the next page begins after it."),
    )  # fmt: skip
    watermark = forms.CharField(
        label=_("Column with the time of the last change"), max_length=100, required=False,
        help_text=_("Then only what changed is read. Empty: everything, each time."),
    )  # fmt: skip

    def initial_from(self, fetch: Mapping[str, Any]) -> dict[str, Any]:
        """Return what stands in the profile as the form shows it."""
        found = {
            name: fetch[name]
            for name in ("schema", "view", "key", "watermark", "every")
            if name in fetch
        }
        parts = urlsplit(fetch.get("url", ""))
        if parts.hostname:
            found |= {
                "kind": parts.scheme.partition("+")[0], "host": parts.hostname,
                "port": parts.port, "database": parts.path.removeprefix("/"),
                "user": unquote(parts.username or ""),
            }  # fmt: skip
        return found

    def fetch(self) -> dict[str, Any]:
        """Return the table `fetch` of the profile."""
        given = self.cleaned_data
        host = f"[{given['host']}]" if ":" in given["host"] else given["host"]
        kind = given["kind"]
        port = given["port"] or self.PORTS[kind]
        driver = {"postgresql": "postgresql+psycopg", "mysql": "mysql+pymysql",
                  "mariadb": "mariadb+pymysql"}.get(kind, kind)  # fmt: skip
        place = f"{quote(given['user'], safe='')}@{host}:{port}/{quote(given['database'])}"
        named = {name: given[name] for name in ("schema", "view", "key", "watermark")}
        return {
            "kind": "view", "url": f"{driver}://{place}",
            **{name: text for name, text in named.items() if text}, **super().fetch(),
        }  # fmt: skip


class StreamForm(AskedForm):
    """A queue, stream or topic of a message broker."""

    field_order = ("url", "addresses", "secret", "stream", "consumer", "queue", "topic", "group",
                   "mechanism", "rows", "id_at", "every")  # fmt: skip
    url = forms.CharField(
        label=_("Address of the broker"), max_length=300,
        help_text=_("With our user and without a password, such as natss://hub@broker.example:4222,"
                    " amqps://… or kafkas://…"),
    )  # fmt: skip
    stream = forms.CharField(label=_("Stream"), max_length=120, required=False)
    consumer = forms.CharField(label=_("Consumer"), max_length=120, required=False)
    queue = forms.CharField(label=_("Queue"), max_length=120, required=False)
    topic = forms.CharField(label=_("Topic"), max_length=120, required=False)
    group = forms.CharField(label=_("Consumer group"), max_length=120, required=False)
    mechanism = forms.ChoiceField(
        label=_("How our user proves itself"), choices=[(name, name) for name in MECHANISMS],
        required=False,
    )  # fmt: skip
    rows = forms.CharField(
        label=_("Where the rows stand in a message"), max_length=100, required=False,
        help_text=_("Such as data.items; empty if the message is a row, or a list of rows."),
    )  # fmt: skip
    id_at = forms.CharField(
        label=_("Where the mark of a message stands"), max_length=100, required=False,
        help_text=_("If its sender writes one into it; a message is known by it again."),
    )  # fmt: skip

    def fetch(self) -> dict[str, Any]:
        """Return the table `fetch` of the profile."""
        names = ("url", *TEXTS, "mechanism")
        given = {name: self.cleaned_data[name] for name in names if self.cleaned_data.get(name)}
        return {"kind": "stream", **super().fetch(), **given}


CONNECTIONS: dict[str, type[ConnectionForm]] = {
    "rest": RestForm, "view": ViewForm, "folder": FolderForm, "push": PushForm,
    "stream": StreamForm,
}  # fmt: skip


class AgreementForm(forms.Form):
    """What is agreed with a department about its feed."""

    number = forms.CharField(label=_("Number of the document"), max_length=80)
    basis = forms.ChoiceField(label=_("Lawful basis"), choices=Agreement.Basis.choices)
    purposes = forms.MultipleChoiceField(
        label=_("Purposes"), choices=Agreement.Purpose.choices,
        widget=forms.CheckboxSelectMultiple,
    )  # fmt: skip
    valid_from = forms.DateField(
        label=_("Valid from"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    valid_until = forms.DateField(
        label=_("Valid until"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    fields_allowed = forms.MultipleChoiceField(
        label=_("Fields allowed"), widget=forms.CheckboxSelectMultiple,
        help_text=_("What is not ticked is read nowhere and kept nowhere."),
    )  # fmt: skip

    def __init__(self, *args: Any, choices: Iterable[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        shown = forms.ChoiceField(choices=list(choices)).choices
        self.fields["fields_allowed"].choices = shown  # type: ignore[attr-defined]


class BoundsForm(forms.Form):
    """How often a source is expected, and what one delivery may change unseen."""

    SHARES = ("max_changed_share", "max_removed_share", "max_swapped_share", "max_bad_share")
    every = forms.IntegerField(label=_("Ask every how many minutes"), min_value=1, max_value=44_640)
    whole_every = forms.TypedChoiceField(
        label=_("Read everything anew"), coerce=int,
        help_text=_(
            "In between only what the department calls changed is asked for. Reading everything"
            " also finds what a wrong clock or a bulk correction over there has hidden; rows that"
            " are as they were change nothing."
        ),
    )  # fmt: skip
    silent_after = forms.IntegerField(
        label=_("Hours without a delivery until somebody is told"), min_value=0, max_value=8784,
        help_text=_("0: by its schedule; a source that is only uploaded is then never silent."),
    )  # fmt: skip
    trust = forms.IntegerField(
        label=_("Trust"), min_value=0, max_value=100,
        help_text=_("From 0 to 100; where departments differ, the more trusted one is followed."),
    )  # fmt: skip
    max_changed_share = forms.FloatField(label=_("Rows changed, in per cent"), min_value=0,
                                         max_value=100)  # fmt: skip
    max_removed_share = forms.FloatField(label=_("Rows that leave the list, in per cent"),
                                         min_value=0, max_value=100)  # fmt: skip
    max_swapped_share = forms.FloatField(label=_("Rows with another guardian, in per cent"),
                                         min_value=0, max_value=100)  # fmt: skip
    max_bad_share = forms.FloatField(label=_("Rows that cannot enter, in per cent"), min_value=0,
                                     max_value=100)  # fmt: skip

    def __init__(
        self, data: Any = None, *, initial: Mapping[str, Any], wholes: Iterable[tuple[int, str]]
    ) -> None:
        """Ask only for what the source's way knows: it is fetched, and asked for changes."""
        super().__init__(data, initial=dict(initial))
        for name in ("every", "whole_every"):
            if initial.get(name) is None:
                del self.fields[name]
        if "whole_every" in self.fields:
            shown = forms.ChoiceField(choices=list(wholes)).choices
            self.fields["whole_every"].choices = shown  # type: ignore[attr-defined]

    def changes(self, trust: Mapping[str, int]) -> dict[str, Any]:
        """Return what the form changes in a profile."""
        given = self.cleaned_data
        times = {name: given.get(name) for name in ("every", "whole_every")}
        return {
            "fetch": {name: value for name, value in times.items() if value is not None},
            "silent_after": given["silent_after"],
            "trust": {**trust, "default": given["trust"]},
            "limits": {name: round(given[name] / 100, 4) for name in self.SHARES},
        }


def required_from(posted: Any, mapping: Mapping[str, str], names: Iterable[str]) -> list[str]:
    """Return the fields whose column was ticked as required (`need-<position>`)."""
    ticked = {name for at, name in enumerate(names) if f"need-{at}" in posted}
    return [field for field, name in mapping.items() if name in ticked]
