"""What an inspection finds: facts of each source and of a sample article, and the word for each source."""

from __future__ import annotations

from datetime import datetime

import newssite
from sitechecking import changes, site_of, sources_of, verdicts


def test_links_are_counted_by_what_the_spider_makes_of_them(outlets):
    feed = sources_of(outlets, "khabar")["/feed.xml"]
    assert (feed["status"], feed["pages"], feed["taken"]) == (200, 3, 1)
    assert feed["refused"] == {"excluded": 1, "no-article": 1}
    assert feed["refused_examples"]["no-article"] == [outlets.main.url("/about")]
    assert datetime.fromisoformat(feed["newest"]) == outlets.main.ago(hours=3)


def test_a_sample_article_is_read(outlets):
    sample = sources_of(outlets, "khabar")["/feed.xml"]["sample"]
    assert sample["url"] == outlets.main.url("/desh/khabar-0.html")
    assert sample["title"] == newssite.headline(0)
    assert sample["lines"] == 6 and sample["characters"] == len("\n".join(newssite.sentences(0)))
    assert datetime.fromisoformat(sample["published_at"]) == outlets.main.ago(hours=2)
    assert (sample["published_source"], sample["language"], sample["authors"]) == ("json-ld", "hi", [])
    assert (sample["robots"], sample["fault"], sample["site_file"]) == ("allowed", None, None)


def test_each_source_has_a_sample_of_its_own_while_there_are_some_and_none_is_asked_twice(outlets):
    samples = [source["sample"]["url"] for source in sources_of(outlets, "do").values()]
    one, other = outlets.main.url("/two/khabar-7.html"), outlets.main.url("/two/khabar-8.html")
    assert samples == [one, other, one]
    assert [path for path in outlets.asked if path.startswith("/two/")] == ["/two/khabar-7.html", "/two/khabar-8.html"]


def test_an_index_is_followed_to_its_newest_sitemap(outlets):
    index = sources_of(outlets, "khabar")["/index.xml"]
    assert (index["sitemaps"], index["pages"], index["taken"]) == (2, 1, 1)
    assert "/old.xml" not in outlets.asked and "/new.xml" in outlets.asked


def test_a_dated_sitemap_that_is_not_there_yet_is_asked_of_the_day_before(outlets):
    dated = sources_of(outlets, "khabar")["/news-{yyyy}{mm}{dd}.xml"]
    asked = [path for path in outlets.asked if path.startswith("/news-")]
    assert len(asked) == 2 and dated["asked"].endswith(asked[1]) and dated["verdict"] == "works"


def test_a_listing_is_as_new_as_its_article(outlets):
    listing = sources_of(outlets, "khabar")["/front"]
    assert listing["pages"] == 1
    assert datetime.fromisoformat(listing["newest"]) == outlets.main.ago(hours=2)


def test_each_way_in_which_a_source_does_not_work_has_its_word(outlets):
    assert verdicts(outlets, "purana") == {
        "/moved.xml": "moved", "/elsewhere.xml": "works", "/dead.xml": "dead", "/page.xml": "unreadable",
        "/empty.xml": "empty", "/stale.xml": "stale", "/denied.xml": "forbidden", "/faulty.xml": "unreachable",
    }  # fmt: skip
    sources = sources_of(outlets, "purana")
    assert sources["/moved.xml"]["redirected_to"] == outlets.main.url("/feed.xml")
    assert sources["/page.xml"]["fault"] == "feed: not a feed but HTML"
    assert (sources["/dead.xml"]["status"], sources["/dead.xml"]["fault"]) == (404, "http 404")


def test_robots_txt_is_obeyed_and_told(outlets):
    assert verdicts(outlets, "sakht") == {"/private/feed.xml": "forbidden", "/feed.xml": "forbidden"}
    sources = sources_of(outlets, "sakht")
    assert sources["/private/feed.xml"]["robots"] == "forbidden"
    assert (sources["/feed.xml"]["robots"], sources["/feed.xml"]["sample"]["robots"]) == ("allowed", "forbidden")
    assert site_of(outlets, "sakht")["crawl_delay"] == 0.3
    assert set(outlets.strict.asked) <= {"/robots.txt", "/feed.xml", "/.well-known/tdmrep.json"}


def test_a_wordpress_site_and_one_whose_interface_is_off(outlets):
    assert verdicts(outlets, "post") == {"/wp-json/": "works", "/off/wp-json/": "dead", "/feed.xml": "works"}
    sample = sources_of(outlets, "post")["/wp-json/"]["sample"]
    assert (sample["title"], sample["published_source"], sample["lines"]) == ("नहर की सफाई", "rest", 3)
    assert "/2026/post-1/" not in outlets.asked
    off = outlets.main.url("/off/wp-json/")
    assert [*changes(outlets, "post").values()] == [f'remove WordPress("{off}", …), but keep its fallback as a source']


def test_which_selector_of_the_site_file_finds_the_text(outlets):
    assert verdicts(outlets, "jagran") == {"/feed.xml": "works"}
    sample = sources_of(outlets, "jagran")["/feed.xml"]["sample"]
    assert sample["bodies_found"] == [False, False, False, True] and sample["title_found"]
    assert not [change for change in site_of(outlets, "jagran")["changes"] if change["file"].endswith(".toml")]


def test_pages_that_are_no_articles(outlets):
    assert verdicts(outlets, "marathi") == {"/marathi.xml": "unread"}
    assert sources_of(outlets, "marathi")["/marathi.xml"]["sample"]["fault"].startswith("language: Marathi")
    (change,) = site_of(outlets, "marathi")["changes"]
    assert change["do"] == "let article_pattern leave out such pages"
