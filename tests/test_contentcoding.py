"""Content codings are undone as Scrapy undoes them, and a body that lies or explodes is named."""

import gzip
import zlib

import brotli
import pytest
import zstandard
from scrapy.downloadermiddlewares.httpcompression import HttpCompressionMiddleware
from scrapy.http import Request, Response
from scrapy.utils.test import get_crawler

from newsharvest.contentcoding import ContentCodingError, undo

TEXT = "नदी किनारे बसे गाँव में मेला लगा। ".encode() * 9000
RAW_DEFLATE = zlib.compressobj(wbits=-15)

CODED = [
    (["gzip"], gzip.compress(TEXT, mtime=0)),
    (["x-gzip"], gzip.compress(TEXT, mtime=0)),
    (["GZIP "], gzip.compress(TEXT, mtime=0)),
    (["gzip"], gzip.compress(TEXT[:5000], mtime=0) + gzip.compress(TEXT[5000:], mtime=0)),
    (["gzip"], gzip.compress(TEXT, mtime=0) + b"trailing junk"),
    (["gzip"], gzip.compress(TEXT, mtime=0)[:-300]),
    (["deflate"], zlib.compress(TEXT)),
    (["deflate"], RAW_DEFLATE.compress(TEXT) + RAW_DEFLATE.flush()),
    (["br"], brotli.compress(TEXT)),
    (["zstd"], zstandard.compress(TEXT)),
    (["gzip, br"], brotli.compress(gzip.compress(TEXT, mtime=0))),
    (["br", "gzip"], gzip.compress(brotli.compress(TEXT), mtime=0)),
    (["unheard-of, gzip"], gzip.compress(b"still coded", mtime=0)),
    (["gzip, unheard-of"], gzip.compress(b"left as it is", mtime=0)),
    (["identity"], TEXT),
    ([], TEXT),
    (["gzip"], b""),
]


@pytest.mark.parametrize(("headers", "body"), CODED)
def test_undoes_what_scrapy_undoes(headers, body):
    response = Response("http://a.example/", body=body, headers={"Content-Encoding": headers})
    middleware = HttpCompressionMiddleware.from_crawler(get_crawler())
    assert undo(body, headers) == middleware.process_response(Request("http://a.example/"), response).body


def test_whole_text_comes_out():
    for headers, body in CODED[:4] + CODED[6:12]:
        assert undo(body, headers) == TEXT


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd"])
def test_a_body_that_is_not_what_it_says_is_named(coding):
    with pytest.raises(ContentCodingError, match="cannot be decoded"):
        undo(b"<html>plain</html>", [coding])


@pytest.mark.parametrize(
    ("coding", "body"),
    [
        ("gzip", gzip.compress(bytes(2_000_000), mtime=0)),
        ("deflate", zlib.compress(bytes(2_000_000))),
        ("br", brotli.compress(bytes(2_000_000))),
        ("zstd", zstandard.compress(bytes(2_000_000))),
    ],
)
def test_a_bomb_is_stopped(coding, body):
    with pytest.raises(ContentCodingError, match="more than 1000000 bytes"):
        undo(body, [coding], limit=1_000_000)
