"""Reads XML that strangers wrote: no document type, no entities of its own, no network, and bounds on everything."""

import re
from dataclasses import dataclass, field
from xml.parsers import expat

from .errors import FeedError

MAX_FEED_BYTES = 32 * 1024 * 1024
"""The largest feed that is read. arXiv's largest page (2,000 entries) has about 8 MiB."""

_DEPTH_MAX = 64
_NODES_MAX = 300_000

_NAMED_ENCODING = re.compile(rb"""<\?xml[^>]{0,80}encoding\s*=\s*["']([\w.-]{1,40})""")
_GET_AGAIN = "Fetch it again, or remove the file"


@dataclass(slots=True)
class Node:
    """One element: ``name`` is ``{namespace}local``, ``line`` counts from 1, ``parts`` are texts and children."""

    name: str
    line: int
    attributes: dict[str, str]
    parts: list["Node | str"] = field(default_factory=list["Node | str"])

    def children(self, name: str) -> list["Node"]:
        """Return the children of that name, in order."""
        return [part for part in self.parts if isinstance(part, Node) and part.name == name]

    def text(self) -> str:
        """Return all text in this element and below it, in order."""
        return "".join(part if isinstance(part, str) else part.text() for part in self.parts)

    def child_text(self, name: str) -> str:
        """Return the text of the first child of that name; empty if there is none."""
        found = self.children(name)
        return found[0].text() if found else ""


def read_xml(data: bytes, name: str) -> Node:
    """Return the root element of an XML document.

    A document type declaration is refused outright: feeds have none, and with it go entity bombs and references to
    files and addresses. White space before the document is allowed, since proxies add it.

    Raises:
        FeedError: not well formed, cut off, in another encoding than it says, or beyond a bound; with line and column.

    """
    if len(data) > MAX_FEED_BYTES:
        what = f"the feed has {len(data)} bytes, the limit is {MAX_FEED_BYTES}"
        raise FeedError(name, what, todo="Ask for fewer results per page")
    document = data.lstrip(b" \t\r\n")
    skipped_lines = data[: len(data) - len(document)].count(b"\n")
    builder = _Builder(name, skipped_lines)
    try:
        builder.parser.Parse(document, True)  # noqa: FBT003 - expat takes "this is all of it" by position only
    except expat.ExpatError as error:
        raise _explained(error, name, document, skipped_lines) from error
    except (LookupError, ValueError) as error:
        what = f"the encoding that the first line names cannot be read ({error})"
        raise FeedError(name, what, todo="Save the file as UTF-8 and say so in its first line", line=1) from error
    return builder.root()


class _Builder:
    """Collects expat's events into one tree."""

    def __init__(self, name: str, skipped_lines: int) -> None:
        self._name = name
        self._skipped_lines = skipped_lines
        self._open: list[Node] = []
        self._nodes = 0
        self._first: Node | None = None
        self.parser = expat.ParserCreate(namespace_separator="}")
        self.parser.buffer_text = True
        self.parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
        self.parser.StartDoctypeDeclHandler = self._doctype
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text

    def root(self) -> Node:
        assert self._first is not None, "expat accepts no document without an element"
        return self._first

    def _line(self) -> int:
        return self.parser.CurrentLineNumber + self._skipped_lines

    def _doctype(self, *_: object) -> None:
        what = "the document declares a document type, which no feed needs and an attack would"
        raise FeedError(self._name, what, todo="Check where it came from, then remove the file", line=self._line())

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        self._nodes += 1
        if self._nodes > _NODES_MAX or len(self._open) >= _DEPTH_MAX:
            what = f"the document has more than {_NODES_MAX} elements or nests deeper than {_DEPTH_MAX}"
            raise FeedError(self._name, what, todo="Ask for fewer results per page", line=self._line())
        node = Node("{" + tag if "}" in tag else tag, self._line(), attributes)
        if self._open:
            self._open[-1].parts.append(node)
        else:
            self._first = node
        self._open.append(node)

    def _end(self, _: str) -> None:
        self._open.pop()

    def _text(self, text: str) -> None:
        self._open[-1].parts.append(text)


def _explained(error: expat.ExpatError, name: str, document: bytes, skipped_lines: int) -> FeedError:
    line, column = error.lineno + skipped_lines, error.offset + 1
    cause = expat.ErrorString(error.code)
    if cause == expat.errors.XML_ERROR_NO_ELEMENTS and not document:
        return FeedError(name, "the file is empty", todo=_GET_AGAIN)
    cut_off = {
        expat.errors.XML_ERROR_NO_ELEMENTS,
        expat.errors.XML_ERROR_UNCLOSED_TOKEN,
        expat.errors.XML_ERROR_PARTIAL_CHAR,
        expat.errors.XML_ERROR_UNCLOSED_CDATA_SECTION,
    }
    if cause in cut_off:
        return FeedError(name, "the document ends too early, as if cut off", todo=_GET_AGAIN, line=line, column=column)
    odd_byte = _odd_byte(document)
    if cause == expat.errors.XML_ERROR_INVALID_TOKEN and odd_byte:
        todo = "It is in another encoding than it says: save it as UTF-8, or name its encoding in the first line"
        return FeedError(name, odd_byte, todo=todo, line=line, column=column)
    return FeedError(name, f"the XML is broken ({cause})", todo=_GET_AGAIN, line=line, column=column)


def _odd_byte(document: bytes) -> str:
    named = _NAMED_ENCODING.match(document)
    if named is not None and named[1].lower() not in {b"utf-8", b"utf8"}:
        return ""
    try:
        document.decode("utf-8")
    except UnicodeDecodeError as error:
        return f"byte 0x{document[error.start]:02x} at offset {error.start} is not valid UTF-8"
    return ""
