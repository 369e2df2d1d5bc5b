"""Hostile and broken XML is refused with its place and a remedy; sound XML is read whole."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stratum_research.errors import FeedError
from stratum_research.xml_reader import MAX_FEED_BYTES, read_xml

BILLION_LAUGHS = b"""<?xml version="1.0"?>
<!DOCTYPE lolz [<!ENTITY lol "lol"><!ENTITY lol2 "&lol;&lol;&lol;&lol;&lol;&lol;&lol;&lol;&lol;&lol;">]>
<feed>&lol2;</feed>"""
EXTERNAL_ENTITY = b"""<!DOCTYPE feed [<!ENTITY secret SYSTEM "file:///etc/passwd">]><feed>&secret;</feed>"""
EXTERNAL_TYPE = b"""<!DOCTYPE feed SYSTEM "http://127.0.0.1:9/feed.dtd"><feed/>"""


@pytest.mark.parametrize("data", [BILLION_LAUGHS, EXTERNAL_ENTITY, EXTERNAL_TYPE, b"<!DOCTYPE feed><feed/>"])
def test_a_document_type_is_refused_before_anything_is_expanded(data: bytes) -> None:
    with pytest.raises(
        FeedError, match=r"poll_01\.xml, line \d: the document declares a document type.*remove the file"
    ):
        read_xml(data, "poll_01.xml")


def test_an_entity_that_was_never_declared_is_an_error() -> None:
    with pytest.raises(FeedError, match=r"a\.xml, line 2, column \d+: the XML is broken \(undefined entity\)"):
        read_xml(b"<feed>\n&secret;</feed>", "a.xml")


def test_an_element_tells_its_name_line_text_and_children() -> None:
    root = read_xml(
        b'<f xmlns="urn:x">\n<a b="1">one <i>two</i> three</a>\n<a>\xc3\xa9 &amp; \xc3\xbc</a></f>', "a.xml"
    )
    first, second = root.children("{urn:x}a")
    assert (root.name, first.line, first.attributes) == ("{urn:x}f", 2, {"b": "1"})
    assert (first.text(), second.text()) == ("one two three", "é & ü")
    assert root.child_text("{urn:x}a") == "one two three"
    assert root.child_text("{urn:x}missing") == ""


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "the file is empty"),
        (b" \n\t ", "the file is empty"),
        (b"<feed><entry>", "ends too early"),
        (b"<feed", "ends too early"),
        (b"<feed><![CDATA[cut", "ends too early"),
        (b"<feed></entry>", "mismatched tag"),
        (b"<a/><b/>", "junk after document element"),
        (b"<feed>\x00</feed>", "invalid token"),
        (b'<?xml version="1.0" encoding="klingon"?><feed/>', "unknown encoding"),
        (b'<?xml version="1.0" encoding="shift_jis"?><feed/>', "encoding that the first line names cannot be read"),
    ],
)
def test_broken_xml_is_explained(data: bytes, message: str) -> None:
    with pytest.raises(FeedError, match=message) as caught:
        read_xml(data, "poll_01.xml")
    assert caught.value.message.startswith("poll_01.xml")


def test_an_error_counts_the_lines_of_the_file_and_not_of_the_document() -> None:
    with pytest.raises(FeedError) as caught:
        read_xml(b"\n\n<feed>\n<entry></feed>", "a.xml")
    assert caught.value.line == 4


def test_a_wrong_encoding_names_the_byte_and_the_remedy() -> None:
    with pytest.raises(FeedError, match=r"line 2.*byte 0xe9 at offset 10 is not valid UTF-8.*save it as UTF-8"):
        read_xml("<feed>\nJosé</feed>".encode("latin-1"), "a.xml")


@pytest.mark.parametrize(
    "data",
    [
        "<f>Jos\u00e9</f>".encode(),
        b"\xef\xbb\xbf" + "<f>Jos\u00e9</f>".encode(),
        '<?xml version="1.0" encoding="ISO-8859-1"?><f>Jos\u00e9</f>'.encode("latin-1"),
        '<?xml version="1.0" encoding="windows-1252"?><f>Jos\u00e9</f>'.encode("cp1252"),
        "<f>Jos\u00e9</f>".encode("utf-16"),
        "\n  <?xml version='1.0' encoding='UTF-8'?><f>Jos\u00e9</f>".encode(),
    ],
)
def test_every_encoding_that_xml_can_state_is_read(data: bytes) -> None:
    assert read_xml(data, "a.xml").text() == "José"


def test_too_large_a_feed_is_refused_unread() -> None:
    with pytest.raises(FeedError, match=r"the limit is.*fewer results"):
        read_xml(b" " * (MAX_FEED_BYTES + 1), "a.xml")


def test_depth_and_number_of_elements_are_bounded() -> None:
    with pytest.raises(FeedError, match="nests deeper than 64"):
        read_xml(b"<a>" * 100_000, "a.xml")
    with pytest.raises(FeedError, match="more than 300000 elements"):
        read_xml(b"<a>" + b"<b/>" * 300_001 + b"</a>", "a.xml")


@given(st.binary(max_size=300))
def test_no_bytes_break_the_reader(data: bytes) -> None:
    with suppress(FeedError):
        read_xml(data, "a.xml")


@given(st.binary(max_size=60), st.integers(0, 200))
def test_no_damage_to_a_feed_breaks_the_reader(damage: bytes, place: int) -> None:
    sound = (
        b"<?xml version='1.0' encoding='UTF-8'?><feed xmlns='http://www.w3.org/2005/Atom'><entry a='b'>x</entry></feed>"
    )
    with suppress(FeedError):
        read_xml(sound[:place] + damage + sound[place + len(damage) :], "a.xml")
