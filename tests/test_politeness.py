"""However many hosts a site has, its requests come one at a time, a delay apart, robots.txt among them."""

from itertools import pairwise

from crawling import make_project, serve


def test_hosts_of_a_site_share_one_line(tmp_path):
    project = make_project(tmp_path, DOWNLOAD_DELAY=0.2, DOWNLOAD_DELAY_JITTER=0)
    with serve("") as site:
        site.seconds = 0.05
        site.routes = {path: (200, {}, b"page") for path in ("/a", "/b")} | {"/c": (302, {"Location": "/a"}, b"")}
        hosts = ["127.0.0.1", "127.0.0.2"]
        pages = [site.url(path, host) for path in ("/a", "/b") for host in hosts]
        run = project.crawl(*pages, site.url("/c", "127.0.0.3"))
        seen = sorted(site.seen, key=lambda row: row[3])
    assert run.status == 0, run.log
    assert {host.partition(":")[0] for host, *_ in seen} == {*hosts, "127.0.0.3"}
    assert [path for _, path, *_ in seen].count("/robots.txt") == 3
    assert len(seen) == 9
    for (*_, start, end), (*_, next_start, _) in pairwise(seen):
        assert next_start >= end
        assert next_start - start > 0.18
