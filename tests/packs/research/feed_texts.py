"""Small feeds in the real formats, to be varied by tests."""

import json
from html import escape

ATOM_HEAD = """<?xml version='1.0' encoding='UTF-8'?>
<feed xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/" xmlns:arxiv="http://arxiv.org/schemas/atom"
 xmlns="http://www.w3.org/2005/Atom">
"""


def atom_entry(id_: str = "http://arxiv.org/abs/2202.12139v1", /, *, title: str = "A title", extra: str = "") -> str:
    """Return one entry; ``extra`` is XML that is put into it."""
    return f"""<entry><id>{escape(id_)}</id><title>{escape(title)}</title>
<updated>2022-02-25T15:05:19Z</updated><published>2022-02-24T15:05:19Z</published>
<summary>We show that it works.</summary><author><name>Ada Lovelace</name></author>{extra}</entry>
"""


def atom_feed(
    *entries: str, title: str = "arXiv Query: search_query=all:testing&id_list=&start=0&max_results=10"
) -> bytes:
    """Return a feed with these entries."""
    return f"""{ATOM_HEAD}<title>{escape(title)}</title><updated>2026-04-12T22:09:27Z</updated>
<opensearch:totalResults>214881</opensearch:totalResults>
{"".join(entries)}</feed>""".encode()


ATOM_REFUSAL = atom_feed(
    "<entry><id>http://arxiv.org/api/errors#incorrect_id_format_for_1234.12345</id><title>Error</title>"
    "<summary>incorrect id format for 1234.12345</summary><updated>2007-10-12T00:00:00-04:00</updated></entry>"
)


def crossref_work(doi: str = "10.7717/peerj.3162", /, **fields: object) -> dict[str, object]:
    """Return one work; a field given as None is left out."""
    work: dict[str, object] = {
        "DOI": doi,
        "type": "journal-article",
        "title": ["A title"],
        "author": [{"given": "Ada", "family": "Lovelace", "sequence": "first", "affiliation": []}],
        "published": {"date-parts": [[2022, 10, 25]]},
        "deposited": {"date-parts": [[2022, 10, 26]], "date-time": "2022-10-26T03:35:00Z", "timestamp": 1},
        "container-title": ["PeerJ"],
        "volume": "10",
        "page": "e14276",
        **fields,
    }
    return {name: value for name, value in work.items() if value is not None}


def crossref_list(*works: object) -> bytes:
    """Return a work list with these works."""
    message = {"total-results": len(works), "items": works, "query": {"start-index": 0, "search-terms": "ecology"}}
    return json.dumps({"status": "ok", "message-type": "work-list", "message": message}).encode()


CROSSREF_REFUSAL = json.dumps(
    {
        "status": "failed",
        "message-type": "validation-failure",
        "message": [{"type": "integer-not-valid", "value": "x", "message": "Integer specified as x is not valid"}],
    }
).encode()
