"""Send queries to a SPARQL server: one request, tried again where that may help, within a time limit."""

from __future__ import annotations

import http.client
import os
import random
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from importlib.metadata import PackageNotFoundError, version
from typing import IO, Any, Literal, NoReturn
from urllib.parse import parse_qsl, unquote, urlsplit, urlunsplit

from kg.errors import EndpointError, QueryError, QueryTimeout, ResultTooLarge

__all__ = ["Address", "Client", "Method"]

Method = Literal["auto", "get", "post"]

USER_VARIABLE = "KBQA_ENDPOINT_USER"
PASSWORD_VARIABLE = "KBQA_ENDPOINT_PASSWORD"  # noqa: S105 - a name, not a password
RETRIED = frozenset({429, 502, 503, 504})
NO_GET = frozenset({405, 414, 431})
GET_CHARACTERS = 2_000  # of query; some servers and proxies cut addresses at 2,048
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.2, 5.0
MESSAGE_BYTES = 2_000
MESSAGE_CHARACTERS = 200
CHUNK_BYTES = 1 << 16


@dataclass(frozen=True, slots=True)
class Address:
    """Where a server is and who asks.

    Attributes:
        url: Without user, password and parameters; fit to be shown.
        parameters: Of the address, such as a graph's name or a key; not shown.
        user: "" for none.
        password: Not shown.
    """

    url: str
    parameters: tuple[tuple[str, str], ...] = field(repr=False)
    user: str = field(repr=False)
    password: str = field(repr=False)

    @classmethod
    def parse(cls, url: str) -> Address:
        """Return the parts of `https://user:password@host/path?parameters`.

        User and password come from the environment (`KBQA_ENDPOINT_USER`, `KBQA_ENDPOINT_PASSWORD`) if the
        address has none.

        Raises:
            EndpointError: If it is not an http or https address.

        Example:
        >>> Address.parse("https://ann:secret@example.org/sparql?key=k")
        Address(url='https://example.org/sparql')
        """
        try:
            parts = urlsplit(url)
            host, port = parts.hostname, parts.port
        except ValueError:
            raise EndpointError("the address of the endpoint is malformed; correct it") from None
        if parts.scheme not in ("http", "https") or not host:
            raise EndpointError(
                f"the address of an endpoint starts with http:// or https://, not {parts.scheme!r}"
            )
        name = f"[{host}]" if ":" in host else host
        netloc = name if port is None else f"{name}:{port}"
        user = unquote(parts.username or "") or os.environ.get(USER_VARIABLE, "")
        password = unquote(parts.password or "") or os.environ.get(PASSWORD_VARIABLE, "")
        shown = urlunsplit((parts.scheme, netloc, parts.path, "", ""))
        return cls(shown, tuple(parse_qsl(parts.query)), user, password)


class _Unreachable(OSError):
    """No connection in time."""


class _Retry(Exception):
    """The request may succeed later."""

    def __init__(self, reason: str, wait: float | None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.wait = wait


class _Post(Exception):
    """The server wants POST."""


class Client:
    """Sends queries to one server."""

    def __init__(
        self, address: Address, *, method: Method, connect_seconds: float, retries: int, max_bytes: int
    ) -> None:
        """Prepare; nothing is sent.

        Args:
            address: The server.
            method: HTTP method; "auto" is GET for short queries as long as the server takes them.
            connect_seconds: Time limit for the connection alone.
            retries: How often a failed request is tried again.
            max_bytes: Largest answer.
        """
        self._address = address
        self._method = method
        self._retries = retries
        self._max_bytes = max_bytes
        self._opener = urllib.request.build_opener(*_handlers(connect_seconds))

    def send(self, query: str, *, form: Literal["select", "ask"], seconds: float) -> tuple[bytes, str | None]:
        """Return the body of the answer, and the server's row limit if it names one.

        Raises:
            QueryError: If the server refuses the query.
            QueryTimeout: If it takes longer than `seconds`, retries included.
            ResultTooLarge: If the answer is larger than `max_bytes`.
            EndpointError: If the server cannot be reached, fails or refuses the user.
        """
        deadline = time.monotonic() + seconds
        attempt = 0
        while True:
            try:
                return self._try(query, form, deadline)
            except _Post:
                if self._method == "post":
                    raise self._error(
                        "refuses both GET and POST; is this the address of a SPARQL query service?"
                    ) from None
                self._method = "post"
            except _Retry as error:
                if attempt >= self._retries:
                    raise self._error(f"{error.reason}, {attempt + 1} times; try again later") from None
                self._pause(error, attempt, deadline, seconds)
                attempt += 1

    def _pause(self, error: _Retry, attempt: int, deadline: float, seconds: float) -> None:
        backoff = min(FIRST_PAUSE_SECONDS * 2**attempt, LONGEST_PAUSE_SECONDS)
        pause = backoff * random.uniform(0.5, 1.5)  # noqa: S311 - spreads requests, keeps no secret
        if error.wait is not None:
            pause = max(pause, error.wait)
        if time.monotonic() + pause >= deadline:
            asked = "" if error.wait is None else f" and asks to wait {error.wait:.0f} s"
            raise self._error(f"{error.reason}{asked}; gave up after the {seconds:g} s allowed")
        time.sleep(pause)

    def _try(self, query: str, form: str, deadline: float) -> tuple[bytes, str | None]:
        remaining = deadline - time.monotonic()
        if remaining <= 0:
            raise self._timeout()
        try:
            with self._opener.open(self._request(query, form), timeout=remaining) as response:
                self._check_type(response)
                return self._read(response, deadline), response.headers.get("X-SPARQL-MaxRows")
        except urllib.error.HTTPError as error:
            with error:
                self._refused(error)
        except http.client.IncompleteRead:
            raise self._cut() from None
        except TimeoutError:
            raise self._timeout() from None
        except urllib.error.URLError as error:
            self._unreachable(error.reason)
        except (ConnectionResetError, http.client.RemoteDisconnected, BrokenPipeError):
            raise _Retry("closed the connection without an answer", None) from None
        except (OSError, http.client.HTTPException) as error:
            raise self._error(f"answered something that is not HTTP ({_line(repr(error))})") from None

    def _request(self, query: str, form: str) -> urllib.request.Request:
        from SPARQLWrapper import ASK, GET, JSON, POST, SELECT, SPARQLWrapper

        wrapper = SPARQLWrapper(self._address.url, returnFormat=JSON, agent=_agent())
        for name, value in self._address.parameters:
            wrapper.addParameter(name, value)
        if self._address.user:
            wrapper.setCredentials(self._address.user, self._address.password)
        wrapper.setOnlyConneg(True)
        wrapper.addCustomHttpHeader("Accept", "application/sparql-results+json")
        # setQuery would guess the form, and take a query for an update because of a word in a comment
        wrapper.queryString, wrapper.queryType = query, SELECT if form == "select" else ASK
        short = len(query) <= GET_CHARACTERS
        wrapper.setMethod(GET if self._method == "get" or (self._method == "auto" and short) else POST)
        request: urllib.request.Request = wrapper._createRequest()
        return request

    def _check_type(self, response: Any) -> None:
        kind = response.headers.get_content_type()
        if "json" not in kind:
            raise self._error(
                f"answered {kind}, not SPARQL results as JSON; is this the address of its query service?"
            )

    def _read(self, response: Any, deadline: float) -> bytes:
        body = bytearray()
        while chunk := response.read1(CHUNK_BYTES):
            body += chunk
            if len(body) > self._max_bytes:
                raise ResultTooLarge(
                    f"{self._address.url}: the answer is larger than {self._max_bytes:,} bytes; add a LIMIT to the query"
                )
            if time.monotonic() >= deadline:
                raise self._timeout()
        length = response.headers.get("Content-Length")
        if length is not None and length.isdigit() and len(body) < int(length):
            raise self._cut()
        return bytes(body)

    def _refused(self, error: urllib.error.HTTPError) -> NoReturn:
        code = error.code
        if code in NO_GET:
            raise _Post from None
        said = _said(error)
        if code in RETRIED:
            raise _Retry(
                f"answered {code} {_phrase(code)}", _retry_after(error.headers.get("Retry-After"))
            ) from None
        if code in (401, 403):
            raise self._error(
                f"refuses access ({code}); set {USER_VARIABLE} and {PASSWORD_VARIABLE}"
            ) from None
        if code == 400:
            raise QueryError(f"{self._address.url}: refuses the query: {said}") from None
        if code >= 500 and ("timeout" in said.lower() or "timed out" in said.lower()):
            raise QueryTimeout(
                f"{self._address.url}: the server stopped the query: {said}; ask for less"
            ) from None
        raise self._error(f"answered {code} {_phrase(code)}: {said}") from None

    def _unreachable(self, reason: object) -> NoReturn:
        if isinstance(reason, _Unreachable):
            raise self._error("does not accept connections; is the server up?") from None
        if isinstance(reason, TimeoutError):
            raise self._timeout() from None
        if isinstance(reason, ConnectionResetError | BrokenPipeError):
            raise _Retry("closed the connection", None) from None
        text = reason.strerror if isinstance(reason, OSError) and reason.strerror else str(reason)
        raise self._error(
            f"cannot be reached ({_line(text)}); is the server up and the address right?"
        ) from None

    def _cut(self) -> QueryTimeout:
        return QueryTimeout(
            f"{self._address.url}: the answer is cut off, probably by the server's time limit; ask for less"
        )

    def _timeout(self) -> QueryTimeout:
        return QueryTimeout(
            f"{self._address.url}: no complete answer in the time allowed; ask for less or allow more"
        )

    def _error(self, reason: str) -> EndpointError:
        return EndpointError(f"{self._address.url}: {reason}")


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Follows redirects, but tells no other host the password."""

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: Any, newurl: str
    ) -> urllib.request.Request | None:  # fmt: skip
        new = super().redirect_request(req, fp, code, msg, headers, newurl)
        if new is not None and _origin(newurl) != _origin(req.full_url):
            new.headers.pop("Authorization", None)
        return new


def _origin(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc


def _handlers(connect_seconds: float) -> list[urllib.request.BaseHandler]:
    """Return handlers whose connections have a time limit of their own, apart from that for the answer."""

    class Plain(http.client.HTTPConnection):
        def connect(self) -> None:
            _connect(self, super().connect, connect_seconds)

    class Secure(http.client.HTTPSConnection):
        def connect(self) -> None:
            _connect(self, super().connect, connect_seconds)

    class PlainHandler(urllib.request.HTTPHandler):
        def http_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
            return self.do_open(Plain, req)

    class SecureHandler(urllib.request.HTTPSHandler):
        def https_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
            return self.do_open(Secure, req)

    return [PlainHandler(), SecureHandler(), _Redirects()]


def _connect(connection: http.client.HTTPConnection, connect: Any, seconds: float) -> None:
    allowed = connection.timeout
    assert allowed is not None
    connection.timeout = min(seconds, allowed)
    try:
        connect()
    except TimeoutError as error:
        raise _Unreachable(str(error)) from None
    connection.timeout = allowed
    connection.sock.settimeout(allowed)


def _agent() -> str:
    try:
        return f"kbqa/{version('kbqa')}"
    except PackageNotFoundError:
        return "kbqa"


def _retry_after(value: str | None) -> float | None:
    """Return the seconds that a Retry-After header asks for, None if it is missing or malformed."""
    if value is None:
        return None
    if value.strip().isdecimal():
        return float(value)
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max((moment - datetime.now(UTC)).total_seconds(), 0.0)


def _phrase(code: int) -> str:
    try:
        return HTTPStatus(code).phrase
    except ValueError:
        return ""


def _said(error: urllib.error.HTTPError) -> str:
    try:
        body = error.read(MESSAGE_BYTES)
    except (OSError, http.client.HTTPException):
        body = b""
    return _line(body.decode("utf-8", errors="replace")) or "no reason given"


def _line(text: str) -> str:
    """Return the start of a text as one line without control characters."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return line if len(line) <= MESSAGE_CHARACTERS else line[: MESSAGE_CHARACTERS - 1] + "…"
