"""T31: whatever a source, its server or its names say, requests reach approved places alone."""

import datetime as dt
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from django.db import IntegrityError, transaction

from qianshou.audit.models import Entry
from qianshou.common import rowsecurity
from qianshou.common.errors import NotAllowed
from qianshou.exchange.actions import egress as ways
from qianshou.exchange.connectors import egress
from qianshou.exchange.connectors.failures import PullFailed
from qianshou.exchange.models import Egress, Source
from qianshou.exchange.rules import egress as rules
from tests import make
from tests import make_exchange as making
from tests.make_exchange import Department

PLACE = "http://dept.example:8080/children"
# Ways to write an address that leads to this machine, to a cloud's credentials, or nowhere good.
ADDRESSES = [
    "127.0.0.1", "127.1", "127.0.0.2", "2130706433", "0x7f000001", "0177.0.0.1", "017700000001",
    "0x7f.0.0.1", "127.0.0.01", "::1", "[::1]", "0:0:0:0:0:0:0:1", "::ffff:127.0.0.1",
    "::ffff:7f00:1", "::127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "2001:0:7f00:1::",
    "169.254.169.254", "169.254.169.253", "169.254.170.2", "2852039166", "0xa9fea9fe",
    "0251.0376.0251.0376", "::ffff:169.254.169.254", "::ffff:a9fe:a9fe", "64:ff9b::a9fe:a9fe",
    "2002:a9fe:a9fe::", "fd00:ec2::254", "fd20:ce::254", "100.100.100.200", "168.63.129.16",
    "192.0.0.192", "fe80::1", "fe80::1%eth0", "0.0.0.0", "0.0.0.1", "::", "255.255.255.255",
    "224.0.0.1", "ff02::1", "240.0.0.1", "", " ", "localhost", "dept.example", "1.2.3", "1.2.3.4.5",
    "1.2.3.256", "１２７.0.0.1", "127。0。0。1", "10.0.0.1/8",
]  # fmt: skip
URLS = [
    "http://user@dept.example/", "http://user:pass@dept.example/", "http://dept.example@evil/",
    "file:///etc/passwd", "gopher://dept.example/", "ftp://dept.example/", "dict://dept.example/",
    "//dept.example/", "dept.example", "", "http://", "http:///x", "http://dept.example:0/",
    "http://dept.example:99999/", "http://dept.example:80:80/", "http://dept.example:/",
    "http://dept.example\\@evil/", "http://dept.example/#@evil", "http://dept..example/",
    "http://dept.example./", "http://-dept.example/", "http://dept_x.example/",
    "http://0x7f.1/", "http://127.1/", "http://2130706433/", "http://0177.0.0.1/",
    "http://metadata.google.internal/", "http://metadata/", "http://dept.exa\tmple/",
    "http://dept.example /", "http://ｄept.example/", "http://dept.example\r\nHost: evil/",
    "http://[::1%25lo]/", "http://[::1", "http://1.2.3.4.5/",
]  # fmt: skip


def a_source(**changes: Any) -> Source:
    with rowsecurity.acting(rowsecurity.SYSTEM):
        return making.a_source(
            make.CITY, fetch={"kind": "rest", "url": PLACE, "rows": "items"}, **changes
        )


def editor() -> Any:
    return make.a_user("fed_city", area=make.CITY)


def admin(role: str = "sys_admin") -> Any:
    return make.a_user(role, area=make.CITY)


@pytest.mark.parametrize("address", ADDRESSES)
def test_no_address_of_this_machine_or_of_a_cloud_is_taken(address):
    with pytest.raises(rules.BadDestination):
        rules.address_of(address)


@pytest.mark.parametrize("url", URLS)
def test_no_url_that_readers_may_read_differently_is_taken(url):
    with pytest.raises(rules.BadDestination):
        rules.destination_of(url)


def test_plain_addresses_are_taken():
    taken = ["10.20.30.40", "172.16.0.9", "192.168.1.9", "59.110.1.1", "2409:8a00::1", "fd12::5"]

    assert [rules.address_of(each) for each in taken] == taken
    assert rules.destination_of("HTTPS://Dept.Example/a?b=1") == ("https", "dept.example", 443)
    assert rules.destination_of("http://[fd12::5]:8080/") == ("http", "fd12::5", 8080)
    assert rules.destination_of("postgresql+psycopg://reader@db.example/x") == (
        "postgresql", "db.example", 5432,
    )  # fmt: skip


def test_two_administrators_open_a_way_and_one_person_closes_it(db):
    source, asking = a_source(), editor()
    way = ways.ask(source, by=asking, url=PLACE, addresses=["10.0.0.9", "10.0.0.8", "10.0.0.9"])
    first, second = admin(), admin("sec_admin")

    with pytest.raises(NotAllowed):
        ways.approve(way, by=asking)
    assert not ways.approve(way, by=first).is_open
    with pytest.raises(ways.ApprovedTwice):
        ways.approve(way, by=first)
    way = ways.approve(way, by=second)
    assert (way.is_open, way.addresses) == (True, ["10.0.0.8", "10.0.0.9"])
    with pytest.raises(ways.NotOpen):
        ways.approve(way, by=admin())
    with pytest.raises(ways.AlreadyAsked):
        ways.ask(source, by=asking, url=PLACE, addresses=["10.0.0.7"])
    assert not ways.end(way, by=asking).is_open
    ways.ask(source, by=asking, url=PLACE, addresses=["10.0.0.7"])
    acts = Entry.objects.filter(subject_id=str(source.pk)).values_list("act", flat=True)
    assert [act.rpartition(".")[2] for act in acts.order_by("pk") if "egress" in act] == [
        "asked", "approved", "approved", "ended", "asked",
    ]  # fmt: skip


def test_who_asks_and_approves_holds_the_right_for_it(db):
    source = a_source()
    with pytest.raises(NotAllowed):
        ways.ask(source, by=make.a_user("clerk"), url=PLACE, addresses=["10.0.0.9"])
    way = ways.ask(source, by=editor(), url=PLACE, addresses=["10.0.0.9"])
    for role in ("clerk", "fed_county", "fed_city", "auditor"):
        with pytest.raises(NotAllowed):
            ways.approve(way, by=make.a_user(role, area=make.CITY))
    with pytest.raises(NotAllowed):
        ways.end(way, by=make.a_user("clerk"))


def test_the_database_itself_wants_three_people(db):
    way = ways.ask(a_source(), by=editor(), url=PLACE, addresses=["10.0.0.9"])
    one = admin()
    for names in (
        {"first_by": way.asked_by}, {"first_by": one, "second_by": one},
        {"first_by": one, "approved_at": way.asked_at},
    ):  # fmt: skip
        with pytest.raises(IntegrityError), transaction.atomic():
            Egress.objects.filter(pk=way.pk).update(**names)


@pytest.mark.parametrize("addresses", [[], ["127.0.0.1"], ["10.0.0.9", "169.254.169.254"]])
def test_a_bad_address_is_not_even_asked_for(db, addresses):
    with pytest.raises(ways.BadAddress):
        ways.ask(a_source(), by=editor(), url=PLACE, addresses=addresses)


def test_a_literal_host_is_its_only_address(db):
    source = a_source()
    with pytest.raises(ways.BadAddress):
        ways.ask(source, by=editor(), url="http://10.0.0.9/", addresses=["10.0.0.8"])

    assert ways.ask(source, by=editor(), url="http://10.0.0.9/", addresses=["10.0.0.9"]).pk


# On the wire: a canary that must never be reached, beside the department that may.


@pytest.fixture
def canary(tmp_path: Path) -> Iterator[Department]:
    server = Department(tmp_path / "canary")
    yield server
    server.stop()


@pytest.fixture
def department(tmp_path: Path, settings: Any) -> Iterator[Department]:
    settings.EGRESS_LOOPBACK = True
    server = Department(tmp_path / "department")
    yield server
    server.stop()


def hostile(canary: Department) -> list[str]:
    port = canary.port
    hosts = [
        "127.0.0.1", "localhost", "127.1", "0177.0.0.1", "0x7f.1", "2130706433", "[::1]",
        "[::ffff:127.0.0.1]", "0", "dept.example", "other.example", "127.0.0.1.nip.io",
    ]  # fmt: skip
    return [
        *[f"http://{host}:{port}/" for host in hosts],
        *[f"http://dept.example@{host}:{port}/" for host in hosts],
        *[f"//{host}:{port}/" for host in hosts],
        *[f"https://{host}:{port}/" for host in hosts],
        *[f"http://{host}:{port}\\@dept.example/" for host in hosts],
        *[f"HTTP://{host}:{port}/%2e%2e/" for host in hosts],
    ]


def test_neither_redirects_nor_addresses_reach_the_canary(
    db, department, canary, monkeypatch, settings
):
    source = a_source()
    making.an_open_way(source, department.url)
    # Proxies, the name service and a cloud's file of hosts all say: go to the canary.
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "all_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{canary.port}")
    asked_names = []
    resolve = socket.getaddrinfo

    def lying(host: Any, port: Any, *args: Any, **values: Any) -> Any:
        if host in ("127.0.0.1", b"127.0.0.1"):
            return resolve(host, port, *args, **values)
        asked_names.append(host)
        return resolve("127.0.0.1", canary.port, *args, **values)

    monkeypatch.setattr(socket, "getaddrinfo", lying)
    tried = hostile(canary)
    refused = 0
    with egress.Client(source) as client:
        for url in tried:
            for act in ("ask", "redirect"):
                if act == "redirect":
                    department.fails(f"redirect {url}")
                try:
                    client.ask("GET", department.url if act == "redirect" else url)
                except PullFailed:
                    refused += 1

    assert len(tried) * 2 >= 60
    assert refused == len(tried) * 2
    assert (canary.asked, asked_names) == ([], [])


def test_a_client_that_follows_reaches_the_canary(department, canary):
    """Negative control: the same redirects with an everyday client."""
    for url in hostile(canary)[:3]:
        department.fails(f"redirect {url}")
        with httpx.Client(follow_redirects=True, trust_env=False) as client:
            try:
                client.get(department.url.replace("dept.example", "127.0.0.1"))
            except httpx.HTTPError:
                continue

    assert canary.asked


def test_a_way_that_is_ended_or_half_approved_leads_nowhere(db, department):
    department.says(rows=[])
    source = a_source()
    way = making.an_open_way(source, department.url)
    with egress.Client(source) as client:
        assert client.ask("GET", department.url).status == 200
        ways.end(way, by=way.asked_by)
        with pytest.raises(PullFailed, match="NOT_APPROVED"):
            client.ask("GET", department.url)
        again = ways.ask(source, by=editor(), url=department.url, addresses=["127.0.0.1"])
        ways.approve(again, by=admin())
        with pytest.raises(PullFailed, match="NOT_APPROVED"):
            client.ask("GET", department.url)

    assert len(department.asked) == 1


def test_the_way_of_one_source_is_not_open_for_another(db, department):
    making.an_open_way(a_source(), department.url)
    other = a_source(code="other")

    with egress.Client(other) as client, pytest.raises(PullFailed, match="NOT_APPROVED"):
        client.ask("GET", department.url)


def test_this_machine_is_no_department_unless_the_site_says_so(db, department, settings):
    source = a_source()
    making.an_open_way(source, department.url)
    settings.EGRESS_LOOPBACK = False

    with egress.Client(source) as client, pytest.raises(PullFailed, match="NOT_APPROVED"):
        client.ask("GET", department.url)


def a_certificate(folder: Path, name: str) -> tuple[Path, Path]:
    """An authority of our own, and a server's key and certificate under a name."""
    now = dt.datetime.now(dt.UTC)
    keys = [ec.generate_private_key(ec.SECP256R1()) for _key in range(2)]
    subjects = [x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, each)]) for each in ("CA", name)]

    def issued(which: int, *extensions: x509.ExtensionType) -> x509.Certificate:
        builder = x509.CertificateBuilder(
            subjects[0], subjects[which], keys[which].public_key(), x509.random_serial_number(),
            now - dt.timedelta(days=1), now + dt.timedelta(days=1),
        )  # fmt: skip
        for each in extensions:
            builder = builder.add_extension(each, critical=isinstance(each, x509.BasicConstraints))
        return builder.sign(keys[0], hashes.SHA256())

    identifier = x509.SubjectKeyIdentifier.from_public_key(keys[0].public_key())
    usage = x509.KeyUsage(
        digital_signature=True, content_commitment=False, key_encipherment=False,
        data_encipherment=False, key_agreement=False, key_cert_sign=True, crl_sign=True,
        encipher_only=False, decipher_only=False,
    )  # fmt: skip
    root = issued(0, x509.BasicConstraints(ca=True, path_length=0), identifier, usage)
    leaf = issued(
        1, x509.SubjectAlternativeName([x509.DNSName(name)]),
        x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier),
    )  # fmt: skip
    pem = serialization.Encoding.PEM
    private = keys[1].private_bytes(
        pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    trusted, both = folder / "ca.pem", folder / f"{name}.pem"
    trusted.write_bytes(root.public_bytes(pem))
    both.write_bytes(private + leaf.public_bytes(pem))
    return trusted, both


@pytest.mark.parametrize(("name", "right"), [("dept.example", True), ("evil.example", False)])
def test_the_certificate_is_checked_against_the_name_not_the_address(
    db, tmp_path, settings, monkeypatch, name, right
):
    settings.EGRESS_LOOPBACK = True
    trusted, both = a_certificate(tmp_path, name)
    server = Department(tmp_path / "tls", certificate=both)
    try:
        source = a_source()
        making.an_open_way(source, server.url)
        with egress.Client(source) as stranger, pytest.raises(PullFailed, match="CERTIFICATE"):
            stranger.ask("GET", server.url)
        monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
        with egress.Client(source) as client:
            if right:
                assert client.ask("GET", server.url).status == 200
            else:
                with pytest.raises(PullFailed, match="CERTIFICATE"):
                    client.ask("GET", server.url)
    finally:
        server.stop()
    assert len(server.asked) == int(right)
