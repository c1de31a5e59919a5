"""Sources, read from files whose structure follows real ones."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from spiders import answers
from spiders.sources import Feed, Link, Listing, Sitemap, Source, SourceError, WordPress, discover
from spiders.times import Window

FILES = Path(__file__).parent / "sources"
NOW = datetime(2026, 9, 14, 6, 0, tzinfo=UTC)
URLSET = '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">%s</urlset>'
HERE = "https://khabar.example/x"


def body(name: str) -> bytes:
    return (FILES / name).read_bytes()


def parse(source: Source, answer: bytes, url: str = HERE) -> list[Link]:
    return list(source.parse(answer, url, fetched_at=NOW))


def parse_broken(source: Source, answer: bytes, url: str = HERE) -> tuple[list[Link], str]:
    """Return the links before the failure, and its reason."""
    links: list[Link] = []
    with pytest.raises(SourceError) as caught:
        for link in source.parse(answer, url, fetched_at=NOW):
            links.append(link)
    return links, str(caught.value)


class TestFeed:
    def test_rss_gives_links_in_order_with_their_times(self) -> None:
        links = parse(Feed("…"), body("abplive_feed.xml"))
        assert [link.url.rpartition("/")[2] for link in links] == [
            "panchayat-asks-budget-for-canal-repair-2911001", "village-fair-in-pictures-2911002",
            "new-facility-at-bus-stand-2911003?utm_source=rss&utm_medium=feed",
        ]  # fmt: skip
        assert links[0].listed_at == datetime(2026, 9, 14, 5, 12, 31, tzinfo=UTC)
        assert links[0].kind == "page" and links[0].title == "नहर की मरम्मत के लिए पंचायत ने मांगा बजट"

    def test_ist_is_indian_time(self) -> None:
        assert parse(Feed("…"), body("jagran_feed.xml"))[0].listed_at == datetime(2026, 9, 14, 4, 45, tzinfo=UTC)

    def test_atom_with_a_relative_link_and_an_entry_without_one(self) -> None:
        first, second = parse(Feed("…"), body("atom.xml"))
        assert first.url == "https://khabar.example/desh/ek-1.html"
        assert first.listed_at == datetime(2026, 9, 14, 4, tzinfo=UTC)
        assert first.lastmod == datetime(2026, 9, 14, 5, tzinfo=UTC)
        assert second.url == "tag:khabar.example,2026:3"  # refused where links are followed

    def test_an_entry_without_a_link_is_not_lost_silently(self) -> None:
        feed = b"<rss version='2.0'><channel><item><title>x</title></item></channel></rss>"
        assert [link.url for link in parse(Feed("…"), feed)] == [""]

    def test_a_time_in_the_future_is_none(self) -> None:
        feed = body("jagran_feed.xml").replace(b"2026", b"2036")
        assert parse(Feed("…"), feed)[0].listed_at is None

    def test_a_feed_cut_short_gives_what_it_has(self) -> None:
        whole = body("abplive_feed.xml")
        assert len(parse(Feed("…"), whole[: whole.index(b"<title>\xe0\xa4\xac\xe0\xa4\xb8")])) >= 2

    def test_space_before_the_declaration_does_no_harm(self) -> None:
        assert len(parse(Feed("…"), b"\n\xef\xbb\xbf \n" + body("bhaskar_feed.xml"))) == 2

    def test_an_answer_that_names_a_file_opens_none(self, tmp_path: Path) -> None:
        (tmp_path / "feed.xml").write_bytes(body("jagran_feed.xml"))
        name = str(tmp_path / "feed.xml").encode()
        assert parse_broken(Feed("…"), name) == ([], "feed: not a feed but something else")

    @pytest.mark.parametrize(
        ("answer", "reason"),
        [
            (b"<!doctype html><html><body>404</body></html>", "feed: not a feed but HTML"),
            (b"", "feed: not a feed but an empty answer"),
            (b'{"code": 1}', "feed: not a feed but JSON"),
            (b"http://127.0.0.1:9/feed", "feed: not a feed but something else"),
            (b"<rss version='2.0'><channel><title>x</title></channel></rss>", "feed: no entries"),
        ],
    )
    def test_what_is_no_feed_is_named(self, answer: bytes, reason: str) -> None:
        assert parse_broken(Feed("…"), answer) == ([], reason)


class TestSitemap:
    def test_google_news_tags(self) -> None:
        (link,) = parse(Sitemap("…"), body("jagran_news.xml"))
        assert link.url == "https://www.jagran.com/bihar/patna-city-school-gets-new-library-24800001.html"
        assert link.listed_at == datetime(2026, 9, 14, 4, tzinfo=UTC)
        assert link.lastmod == datetime(2026, 9, 14, 5, 30, tzinfo=UTC)
        assert link.title == "स्कूल को मिला नया पुस्तकालय"

    def test_index_and_its_dates(self) -> None:
        first, second = parse(Sitemap("…"), body("bhaskar_news_index.xml"))
        assert first.kind == second.kind == "sitemap"
        assert second.lastmod == datetime(2026, 7, 31, 18, 30, tzinfo=UTC)

    def test_an_image_is_no_page(self) -> None:
        links = parse(Sitemap("…"), body("abplive_day.xml"))
        assert [link.url[-7:] for link in links] == ["2911001", "2911004"]
        assert links[0].title is None

    def test_an_index_that_calls_itself_a_urlset(self) -> None:
        assert [link.kind for link in parse(Sitemap("…"), body("patrika_level.xml"))] == ["sitemap"]

    def test_gzip_is_known_by_its_bytes(self) -> None:
        plain = body("jagran_news.xml")
        assert parse(Sitemap("…"), gzip.compress(b"\n" + plain)) == parse(Sitemap("…"), plain)

    def test_robots_txt_names_sitemaps(self) -> None:
        robots = b"User-agent: *\nDisallow: /x\nSitemap: https://k.example/a.xml\nsitemap: /b.xml\n"
        links = parse(Sitemap("…"), robots, "https://k.example/robots.txt")
        assert [link.url for link in links] == ["https://k.example/a.xml", "https://k.example/b.xml"]
        assert parse_broken(Sitemap("…"), b"", "https://k.example/robots.txt")[1] == "sitemap: robots.txt names none"

    def test_bare_ampersands_are_meant_as_such(self) -> None:
        entry = "<url><loc>https://k.example/?a=1&b=2&amp;c=3</loc></url>"
        assert parse(Sitemap("…"), (URLSET % entry).encode())[0].url == "https://k.example/?a=1&b=2&c=3"

    def test_bare_ampersands_at_the_end_of_a_chunk(self) -> None:
        for size in range(32768 - 90, 32768, 3):
            entry = f"<!--{'x' * (size - 60)}--><url><loc>https://k.example/?a=1&amp;b=2&c=3</loc></url>"
            assert parse(Sitemap("…"), (URLSET % entry).encode())[0].url == "https://k.example/?a=1&b=2&c=3"

    def test_nothing_of_the_system_is_read(self, tmp_path: Path) -> None:
        secret = tmp_path / "secret"
        secret.write_text("secret")
        bomb = "<!ENTITY a '" + "x" * 1000 + "'>" + "".join(
            f"<!ENTITY {name} '{f'&{before};' * 100}'>" for before, name in zip("abcd", "bcde", strict=True)
        )  # fmt: skip
        doctype = f'<!DOCTYPE urlset [<!ENTITY s SYSTEM "file://{secret}">{bomb}]>'
        entry = "<url><loc>https://k.example/&s;</loc></url><url><loc>https://k.example/&e;</loc></url>"
        links = parse(Sitemap("…"), (doctype + URLSET % entry).encode())
        assert [link.url for link in links] == ["https://k.example/&s", "https://k.example/&e"]

    def test_a_broken_one_gives_what_it_has_and_a_reason(self) -> None:
        whole = (URLSET % "".join(f"<url><loc>https://k.example/{n}</loc></url>" for n in range(50))).encode()
        links, reason = parse_broken(Sitemap("…"), whole[: len(whole) // 2])
        assert 20 <= len(links) <= 25 and reason.startswith("sitemap: broken XML (")
        packed = gzip.compress(bytes(range(256)) * 4000 + whole)
        assert parse_broken(Sitemap("…"), packed[: len(packed) // 2])[1] == "sitemap: broken gzip"

    def test_a_bomb_is_refused(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(answers, "LARGEST", 1 << 20)
        links, reason = parse_broken(Sitemap("…"), gzip.compress(b"<urlset>" + b" " * (3 << 20) + b"</urlset>"))
        assert (links, reason) == ([], "sitemap: more than 1 MB unpacked")

    @pytest.mark.parametrize(
        ("answer", "reason"),
        [
            (b"<html><body>404</body></html>", "sitemap: not a sitemap but HTML"),
            (b"", "sitemap: not a sitemap but an empty answer"),
            (b"Not found", "sitemap: not a sitemap but something else"),
            (b"<rss><channel/></rss>", "sitemap: not a sitemap but <rss>"),
            (b"<urlset/>", "sitemap: no entries"),
        ],
    )
    def test_what_is_no_sitemap_is_named(self, answer: bytes, reason: str) -> None:
        assert parse_broken(Sitemap("…"), answer) == ([], reason)

    def test_a_large_one_is_a_stream(self) -> None:
        """The first link is there before the last entry has been read, and memory keeps none that was read."""
        entries = "".join(f"<url><loc>https://k.example/{n}</loc></url>" for n in range(50_000))
        links = Sitemap("…").parse((URLSET % entries)[:-40].encode(), "https://k.example/s.xml", fetched_at=NOW)
        assert next(links).url == "https://k.example/0"
        assert sum(1 for _ in zip(links, range(40_000), strict=False)) == 40_000
        assert len(links.gi_frame.f_locals["entry"].xpath("preceding-sibling::*")) <= 1  # those before it are gone

    def test_one_address_a_day(self) -> None:
        source = Sitemap("https://k.example/news-{dd}-{mm}-{yyyy}.xml")
        days = Window.of(NOW, 1).days
        assert source.addresses(days) == (
            "https://k.example/news-13-09-2026.xml",
            "https://k.example/news-14-09-2026.xml",
        )
        assert source.is_dated and Sitemap("…", news=True).is_dated and not Sitemap("…").is_dated


class TestWordPress:
    rest = WordPress("https://www.theprintlines.com/wp-json/")

    def test_posts_and_what_is_wrong_with_them(self) -> None:
        answer = body("wordpress_posts.json")
        posts = self.rest.posts(answer)
        assert [post.refusal for post in posts] == [
            None,
            "wordpress: protected by a password",
            "wordpress: status draft",
            "wordpress: a post without link",
            None,
        ]
        assert posts[0].published_at == datetime(2026, 9, 14, 4, 30, tzinfo=UTC)
        assert json.loads(posts[0].body) == json.loads(answer)[0]
        assert "पुस्तकालय".encode() in posts[0].body  # as the archive gives it: not escaped
        assert len(parse(self.rest, answer)) == 2

    def test_addresses(self) -> None:
        assert self.rest.address(2, size=50) == (
            "https://www.theprintlines.com/wp-json/wp/v2/posts?per_page=50&page=2&_embed"
        )
        dated = self.rest.address(since=datetime(2026, 9, 1, tzinfo=UTC), until=datetime(2026, 9, 2, tzinfo=UTC))
        assert dated.endswith("&after=2026-09-01T00:00:00Z&before=2026-09-02T00:00:00Z")
        plain = WordPress("https://k.example/?rest_route=/").address()
        assert plain == "https://k.example/?rest_route=/wp/v2/posts&per_page=100&page=1&_embed"

    @pytest.mark.parametrize(
        ("page", "total", "found", "following"),
        [(1, b"3", 10, 2), (3, b"3", 10, None), (1, None, 10, 2), (1, None, 9, None), (2, b"9", 0, None)],
    )
    def test_the_page_after(self, page: int, total: bytes | None, found: int, following: int | None) -> None:
        address = self.rest.address(page, size=10)
        expected = following and self.rest.address(following, size=10)
        assert WordPress.next_address(address, total, found) == expected

    def test_the_end_and_the_refusals(self) -> None:
        assert self.rest.posts(b'{"code": "rest_post_invalid_page_number", "data": {"status": 400}}') == []
        for answer, reason in [
            (b'{"code": "rest_forbidden"}', "wordpress: rest_forbidden"),
            (b"<html></html>", "wordpress: not JSON but HTML"),
            (b"[" * 100_000, "wordpress: not JSON but JSON"),
            (b'"x"', "wordpress: no list of posts"),
        ]:
            with pytest.raises(SourceError) as caught:
                self.rest.posts(answer)
            assert str(caught.value) == reason

    def test_what_a_front_page_says_of_itself(self) -> None:
        roots, feeds = discover(body("wordpress_front.html"), "https://www.khabar.example/samachar/")
        assert roots == ("https://www.khabar.example/samachar/wp-json/",)
        assert feeds == ("https://www.khabar.example/samachar/feed/",)
        with pytest.raises(SourceError, match="page: an empty answer"):
            discover(b" ", "https://www.khabar.example/")


def test_a_listing_gives_links_that_match() -> None:
    page = (
        b"<a href='/desh/a-1.html'>1</a><a href='/desh/'>2</a><a href='/desh/a-1.html'>1</a><a href='http://[x/'>3</a>"
    )
    links = parse(Listing("…", pattern=r"-\d+\.html$"), page, "https://k.example/desh/")
    assert [link.url for link in links] == ["https://k.example/desh/a-1.html"]
    assert len(parse(Listing("…"), page)) == 3
