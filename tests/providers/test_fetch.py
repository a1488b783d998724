"""Addresses given by people: what is refused by text, by the name server's answer, and by what comes back."""

import asyncio
import gzip
import tempfile
from pathlib import Path

import httpcore
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from providers.errors import InvalidInput
from providers.fetch import Fetched, FetchRefused, fetch_public, is_public

PUBLIC = "93.184.216.34"
OK = b"HTTP/1.1 200 OK\r\nContent-Type: image/png; charset=x\r\nContent-Length: 5\r\n\r\nhello"


class Network:
    """A name server and a way to dial that end at servers on this machine; remembers what was dialled."""

    def __init__(self, names=None, ports=None):
        self.names = names or {}
        self.ports = ports or {}  # address → port on this machine
        self.dialled = []
        self.asked = []

    async def resolve(self, host, port):
        self.asked.append(host)
        return self.names.get(host, [PUBLIC])

    async def dial(self, address, port, timeout):
        self.dialled.append((address, port))
        local = self.ports[address] if address in self.ports else self.ports["*"]
        return await httpcore.AnyIOBackend().connect_tcp("127.0.0.1", local, timeout=timeout)


class Server:
    """Answers each connection with ``answer(request, writer)`` or with fixed bytes; keeps the requests."""

    def __init__(self, answer):
        self.answer = answer
        self.requests = []

    async def __aenter__(self):
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_):
        self._server.close()

    async def _serve(self, reader, writer):
        try:
            request = await reader.readuntil(b"\r\n\r\n")
            self.requests.append(request.decode())
            if callable(self.answer):
                await self.answer(request.decode(), writer)
            else:
                writer.write(self.answer)
                await writer.drain()
        except ConnectionError:
            pass
        finally:
            writer.close()


def fetched(url, into, answer=OK, names=None, **limits):
    """Fetch ``url`` against a server with ``answer``: what came back (or the error), network, server."""

    async def go():
        async with Server(answer) as server:
            network = Network(names, {"*": server.port})
            try:
                result = await fetch_public(
                    url, into, resolver=network.resolve, dialer=network.dial, **limits
                )
            except FetchRefused as error:
                result = error
            return result, network, server

    return asyncio.run(go())


def redirect(location, status=302):
    return f"HTTP/1.1 {status} Moved\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n".encode()


def test_a_file_is_fetched_from_the_checked_address_under_its_own_name(tmp_path):
    result, network, server = fetched("http://example.com/a.png?x=1", tmp_path / "a")
    assert result == Fetched(tmp_path / "a", "image/png", 5)
    assert (tmp_path / "a").read_bytes() == b"hello"
    assert (network.asked, network.dialled) == (["example.com"], [(PUBLIC, 80)])
    head = server.requests[0].lower()
    assert head.startswith("get /a.png?x=1 http/1.1\r\n")
    assert "\r\nhost: example.com\r\n" in head
    assert "\r\naccept-encoding: identity\r\n" in head
    assert "cookie" not in head and "authorization" not in head


def test_an_international_name_is_asked_for_in_its_ascii_form(tmp_path):
    _, network, _ = fetched("http://bücher.example/", tmp_path / "a")
    assert network.asked == ["xn--bcher-kva.example"]


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.com/a",
        "file:///etc/passwd",
        "gopher://example.com",
        "//example.com/a",
        "example.com",
        "",
        "http://",
        "http:///a",
        "https://user@example.com/",
        "https://user:secret@example.com/",
        "https://@example.com/",
        "https://example.com:8080/",
        "http://example.com:22/",
        "http://example.com:99999/",
        "http://0177.0.0.1/",
        "http://exa%6dple.com/",
        "http://[fe80::1%25eth0]/",
        "http://example.com\\@evil.example/",
        "http://example.com/a b",
        "http://example.com/\x00",
        "http://example.com/\r\nX: y",
        "http://example.com/\u00e9",
        "http://example.com/?q=\u200b",
        " http://example.com/",
        "http://example.com/" + "a" * 2048,
    ],
)
def test_addresses_refused_by_their_text_reach_no_name_server(url, tmp_path):
    result, network, _ = fetched(url, tmp_path / "a")
    assert isinstance(result, FetchRefused) and isinstance(result, InvalidInput)
    assert (network.asked, network.dialled) == ([], [])
    assert not (tmp_path / "a").exists()


@pytest.mark.parametrize("port", ["http://example.com:80/", "http://example.com:443/"])
def test_ports_80_and_443_may_be_named(port, tmp_path):
    result, network, _ = fetched(port, tmp_path / "a")
    assert isinstance(result, Fetched)
    assert network.dialled[0][1] in (80, 443)


@pytest.mark.parametrize(
    "answers",
    [
        ["127.0.0.1"],
        [PUBLIC, "10.0.0.1"],
        ["10.0.0.1", PUBLIC],
        [PUBLIC, "::ffff:127.0.0.1"],
        [],
        ["nonsense"],
    ],
)
def test_any_bad_answer_of_the_name_server_refuses_the_name(answers, tmp_path):
    result, network, server = fetched("http://example.com/", tmp_path / "a", names={"example.com": answers})
    assert isinstance(result, FetchRefused)
    assert (network.dialled, server.requests) == ([], [])
    assert not any(address in str(result) for address in [*answers, "example"])


@pytest.mark.parametrize("host", ["0x7f.1", "2130706433", "127.1", "localhost", "127.0.0.1", "[::1]"])
def test_numeric_and_local_hosts_are_refused_by_the_machine_s_own_name_server(host, tmp_path):
    dialled = []

    async def dial(address, port, timeout):
        dialled.append(address)
        raise httpcore.ConnectError

    with pytest.raises(FetchRefused, match="could not be fetched"):
        asyncio.run(fetch_public(f"http://{host}/", tmp_path / "a", dialer=dial))
    assert dialled == []


def test_a_name_is_resolved_once_and_every_checked_address_is_tried(tmp_path):
    async def go():
        async with Server(OK) as server:
            network = Network({"example.com": ["2606:4700::1111", PUBLIC]}, {"*": server.port})

            async def dial(address, port, timeout):
                if ":" in address:
                    network.dialled.append((address, port))
                    raise httpcore.ConnectError
                return await network.dial(address, port, timeout)

            await fetch_public("http://example.com/", tmp_path / "a", resolver=network.resolve, dialer=dial)
            return network

    network = asyncio.run(go())
    assert network.asked == ["example.com"]
    assert [address for address, _ in network.dialled] == ["2606:4700::1111", PUBLIC]


def test_a_redirect_is_followed_with_a_fresh_request(tmp_path):
    async def answer(request, writer):
        writer.write(
            redirect("http://other.example/b").replace(b"\r\n\r\n", b"\r\nSet-Cookie: a=b\r\n\r\n")
            if "/a " in request
            else OK
        )

    result, network, server = fetched("http://example.com/a", tmp_path / "a", answer)
    assert isinstance(result, Fetched)
    assert network.asked == ["example.com", "other.example"]
    assert "host: other.example" in server.requests[1].lower()
    assert "cookie" not in server.requests[1].lower() and "referer" not in server.requests[1].lower()


def test_a_redirect_does_not_leave_the_named_hosts(tmp_path):
    async def answer(request, writer):
        writer.write(redirect("http://other.example/b") if "/a " in request else OK)

    result, network, server = fetched("http://example.com/a", tmp_path / "a", answer, hosts=["example.com"])
    assert "a host that this server does not fetch from" in str(result)
    assert network.asked == ["example.com"]
    assert len(server.requests) == 1
    assert not (tmp_path / "a").exists()
    result, network, _ = fetched("http://OTHER.example/b", tmp_path / "b", answer, hosts=["other.example"])
    assert isinstance(result, Fetched)


def test_a_redirect_may_be_relative(tmp_path):
    async def answer(request, writer):
        writer.write(redirect("../b?c=d", 307) if "/x/a " in request else OK)

    result, _, server = fetched("http://example.com/x/a", tmp_path / "a", answer)
    assert isinstance(result, Fetched)
    assert server.requests[1].startswith("GET /b?c=d ")


@pytest.mark.parametrize(
    "location",
    [
        "http://private.example/",
        "http://example.com:8000/",
        "http://user:secret@example.com/",
        "file:///etc/passwd",
        "ftp://example.com/",
        "//private.example/",
        "http://exa mple.com/",
        "http:\\\\private.example",
        "http://example.com/" + "a" * 2100,
    ],
)
def test_every_hop_is_checked_like_the_first(location, tmp_path):
    names = {"private.example": ["192.168.0.1"]}
    result, network, server = fetched("http://example.com/", tmp_path / "a", redirect(location), names)
    assert isinstance(result, FetchRefused)
    assert (len(server.requests), [address for address, _ in network.dialled]) == (1, [PUBLIC])
    assert "192.168" not in str(result) and "secret" not in str(result)


def test_three_redirects_are_followed_and_a_fourth_is_not(tmp_path):
    def chain(length):
        async def answer(request, writer):
            place = int(request.split(" ")[1].removeprefix("/"))
            writer.write(OK if place == length else redirect(f"/{place + 1}"))

        return answer

    result, _, server = fetched("http://example.com/0", tmp_path / "a", chain(3))
    assert isinstance(result, Fetched) and len(server.requests) == 4
    result, _, server = fetched("http://example.com/0", tmp_path / "b", chain(4))
    assert "redirects more than 3 times" in str(result) and len(server.requests) == 4


def test_a_body_that_says_it_is_too_large_is_not_read(tmp_path):
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2097153\r\n\r\n" + b"x" * 1000
    result, _, _ = fetched("http://example.com/", tmp_path / "a", answer, max_bytes=2 * 1024 * 1024)
    assert str(result) == "The file is larger than 2 MB, which is the limit."
    assert not (tmp_path / "a").exists()


@pytest.mark.parametrize("chunked", [True, False])
def test_a_body_without_a_length_is_counted_as_it_comes(chunked, tmp_path):
    async def answer(request, writer):
        head = b"Transfer-Encoding: chunked\r\n" if chunked else b"Connection: close\r\n"
        writer.write(b"HTTP/1.1 200 OK\r\n" + head + b"\r\n")
        for _ in range(1000):
            writer.write(b"400\r\n" + b"x" * 1024 + b"\r\n" if chunked else b"x" * 1024)
            await writer.drain()

    result, _, _ = fetched("http://example.com/", tmp_path / "a", answer, max_bytes=100 * 1024)
    assert "larger than" in str(result)
    assert not (tmp_path / "a").exists()


def test_a_body_of_exactly_the_limit_is_taken(tmp_path):
    result, _, _ = fetched("http://example.com/", tmp_path / "a", max_bytes=5)
    assert result.bytes == 5


@pytest.mark.parametrize("encoding", ["gzip", "br", "zstd", "identity, gzip"])
def test_a_compressed_body_is_refused_unread(encoding, tmp_path):
    body = gzip.compress(b"x" * 10_000)
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: {encoding}\r\nContent-Length: {len(body)}\r\n\r\n"
    result, _, _ = fetched("http://example.com/", tmp_path / "a", head.encode() + body)
    assert "compressed" in str(result)
    assert not (tmp_path / "a").exists()


def test_a_dripping_body_ends_at_the_total_deadline(tmp_path):
    async def answer(request, writer):
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        for _ in range(1000):
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.02)

    result, _, _ = fetched("http://example.com/", tmp_path / "a", answer, total_seconds=0.2)
    assert str(result) == "The address took too long to answer; the limit is 0.2 seconds in all."
    assert not (tmp_path / "a").exists()


def test_a_silent_server_is_given_up_before_the_total_deadline(tmp_path):
    async def answer(request, writer):
        await asyncio.sleep(1)

    start = asyncio.new_event_loop().time()
    result, _, _ = fetched("http://example.com/", tmp_path / "a", answer, first_byte_seconds=0.1)
    assert isinstance(result, FetchRefused)
    assert asyncio.new_event_loop().time() - start < 0.9


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 404 Secret banner\r\nContent-Length: 6\r\n\r\nsecret",
        b"HTTP/1.1 500 Secret banner\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 206 Partial\r\nContent-Length: 1\r\n\r\nx",
        b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n",
        b"SSH-2.0-OpenSSH_9.2 secret\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort",
        b"",
    ],
)
def test_other_answers_are_refused_with_one_sentence(answer, tmp_path):
    result, _, _ = fetched("http://example.com/", tmp_path / "a", answer)
    assert str(result).startswith("The address could not be fetched.")
    assert "secret" not in str(result).lower()
    assert not (tmp_path / "a").exists()


def test_tls_asks_for_the_real_name_and_a_server_without_it_is_refused(tmp_path):
    async def go():
        hello = asyncio.get_running_loop().create_future()

        async def serve(reader, writer):
            hello.set_result(await reader.read(4096))
            writer.write(OK)
            writer.close()

        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        network = Network({}, {"*": server.sockets[0].getsockname()[1]})
        with pytest.raises(FetchRefused, match="could not be fetched"):
            await fetch_public(
                "https://example.com/", tmp_path / "a", resolver=network.resolve, dialer=network.dial
            )
        server.close()
        return network.dialled, await hello

    dialled, hello = asyncio.run(go())
    assert dialled == [(PUBLIC, 443)]
    assert b"example.com" in hello


def test_proxies_of_the_environment_are_not_used(tmp_path, monkeypatch):
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    result, network, _ = fetched("http://example.com/", tmp_path / "a")
    assert isinstance(result, Fetched)
    assert network.dialled == [(PUBLIC, 80)]


GOOD = [
    "8.8.8.8", "93.184.216.34", "100.63.255.255", "100.128.0.0", "172.15.255.255", "172.32.0.0",
    "192.0.1.0", "198.17.255.255", "198.20.0.0", "223.255.255.255", "168.63.129.17", "2606:4700::1111",
    "2001:200::", "2a00:1450:4001::1", "3ffe::1",
]  # fmt: skip
BAD = [
    "0.0.0.0", "10.1.2.3", "100.64.0.0", "100.127.255.255", "127.0.0.1", "127.255.255.254",
    "169.254.169.254", "172.16.0.0", "172.31.255.255", "192.0.0.8", "192.0.2.1", "192.31.196.1",
    "192.52.193.1", "192.88.99.1", "192.168.1.1", "192.175.48.1", "198.18.0.0", "198.19.255.255",
    "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255",
    "168.63.129.16", "::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "::ffff:0:127.0.0.1",
    "64:ff9b::7f00:1", "64:ff9b:1::1", "100::1", "2001::1", "2001:1ff::1", "2001:db8::1", "2002:7f00:1::",
    "3fff::1", "4000::1", "5f00::1", "fc00::1", "fd12::1", "fe80::1", "fe80::1%eth0", "2606:4700::1%eth0",
    "fec0::1", "ff02::1", "localhost", "8.8.8.8/32", "0x7f.1", "127.1",
]  # fmt: skip


@pytest.mark.parametrize("address", GOOD)
def test_public_addresses(address):
    assert is_public(address)


@pytest.mark.parametrize("address", ["", *BAD])
def test_addresses_that_are_not_public(address):
    assert not is_public(address)


#: Texts that mean another host than they seem to, or none.
TRICKS = [
    "http://{0}@{1}/", "http://{0}#@{1}/", "http://{0}\\@{1}/", "http://{0}%2f@{1}/", "//{0}/", "http:{0}", "http://{0}:22/",
    "http://{0}.:80/", "HTTP://{0}/", "https://[{0}]/", "http://{0}%00.{1}/", "http://{0}/\r\nHost: {1}", "file://{0}/etc",
    "http://0x7f000001/", "http://017700000001/", "http://[::ffff:7f00:1]/", "http://①②⑦.0.0.1/", "http://{0}/a", "http://{1}/b",
]  # fmt: skip
HOSTS = ["one.example", "two.example", "three.example"]
answers = st.lists(st.sampled_from(GOOD + BAD), min_size=0, max_size=3)
urls = st.builds(lambda trick, hosts: trick.format(*hosts), st.sampled_from(TRICKS), st.permutations(HOSTS))


@settings(max_examples=80, deadline=None, derandomize=True)
@given(url=urls, hops=st.lists(urls, max_size=5), names=st.fixed_dictionaries(dict.fromkeys(HOSTS, answers)))
def test_no_address_and_no_redirect_leads_to_a_connection_that_is_not_public(url, hops, names):
    """Whatever the name server answers: all of it is public, or nothing is dialled for that name."""
    way = iter(hops)

    async def answer(request, writer):
        location = next(way, None)
        writer.write(
            OK
            if location is None
            else redirect(location.replace("\r\n", "%0d%0a").encode("utf-8").decode("latin-1"))
        )
        await writer.drain()

    with tempfile.TemporaryDirectory() as folder:
        result, network, server = fetched(url, Path(folder) / "a", answer, names, total_seconds=20)
        assert isinstance(result, Fetched | FetchRefused)
        clean = {address for one in names.values() if one and not set(one) & set(BAD) for address in one}
        assert {address for address, _ in network.dialled} <= clean | {PUBLIC}
        assert {port for _, port in network.dialled} <= {80, 443}
        assert len(server.requests) <= 4
        assert (Path(folder) / "a").exists() == isinstance(result, Fetched)
