"""The Scrapy settings of the crawl. Our own begin with HARVEST_; each may also be given by -s or in the environment.

The command line wins over the environment, and the environment over this file. Relative paths start at the folder of
scrapy.cfg if there is one, else at the working directory. What depends on other settings is set by the add-on.
"""

# Our own.
HARVEST_DATABASE = "output/news.db"
HARVEST_ARCHIVE = None  # archive.db beside the database
HARVEST_REPLAY = None  # an archive to crawl instead of the web
HARVEST_WINDOW_DAYS = 3  # how far back a crawl looks when no `since` is given
HARVEST_REVISIT_HOURS = "1,6,24,168"  # ages of a page at which it is looked at again; later only if a source says so
HARVEST_TABLE_PREFIX = ""  # for a database in which a table of yours bears one of our names
HARVEST_ALLOW_PRIVATE = False  # requests to loopback, link-local and private addresses
HARVEST_RESPECT_TDM = True  # pages whose site reserves text and data mining are not kept
HARVEST_CLEANERS = None  # processes that clean pages; 0: the crawl's own; None: cores less one, at least one
HARVEST_CLEAN_SECONDS = 30  # what cleaning one page may take
HARVEST_CLEAN_MB = 1024  # what it may need, beside what its process has from the start
HARVEST_CONTACT = None  # an e-mail address or a URL, told to every site in the user agent

BOT_NAME = "newsharvest"
SPIDER_MODULES = ["spiders"]
ADDONS = {"newsharvest.addon.HarvestAddon": 100}
SCHEDULER = "newsharvest.scheduler.FrontierScheduler"
ITEM_PIPELINES = {"newsharvest.pipelines.HarvestPipeline": 300}
EXTENSIONS = {"newsharvest.ending.OrderlyEnd": 0, "newsharvest.ending.SourcesFailed": 0}

# Politeness: robots.txt obeyed, one request at a time per site, 1 to 2 s between, more where the site is slow.
ROBOTSTXT_OBEY = True
DOWNLOADER = "newsharvest.politeness.slots.PacedDownloader"
CONCURRENT_REQUESTS = 1  # a download slot alone lets several through where the delay is short
CONCURRENT_REQUESTS_PER_DOMAIN = 1
DOWNLOAD_DELAY = 1.5
DOWNLOAD_DELAY_JITTER = 1 / 3
AUTOTHROTTLE_ENABLED = True
AUTOTHROTTLE_START_DELAY = DOWNLOAD_DELAY
AUTOTHROTTLE_MAX_DELAY = 30.0
RETRY_TIMES = 2
CONCURRENT_ITEMS = 8  # posts of one answer that are cleaned or wait for it
COOKIES_ENABLED = False
REFERRER_POLICY = "no-referrer"
DEFAULT_REQUEST_HEADERS = {
    "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    "Accept-Language": "hi,en;q=0.5",
}

# Safety: nothing but http(s), no door into the running process, no page that fills memory or time.
DOWNLOAD_HANDLERS = {
    "http": "newsharvest.ending.EndableHandler",
    "https": "newsharvest.ending.EndableHandler",
    **dict.fromkeys(("data", "file", "ftp", "s3")),
}
DOWNLOADER_MIDDLEWARES = {
    "newsharvest.politeness.slots.OneSlotPerSite": 50,
    "scrapy.downloadermiddlewares.robotstxt.RobotsTxtMiddleware": None,
    "newsharvest.politeness.robots.RobotsTxt": 100,
    "newsharvest.politeness.tdm.SiteReservations": 110,  # behind robots.txt, which may forbid what it asks for
    "newsharvest.politeness.retry.RetryAfter": 650,  # pauses the slot before retry (550) and redirect (600) ask again
    "newsharvest.politeness.tdm.PageReservations": 940,  # below the cache: what it refuses is not archived
    "newsharvest.guard.NetworkGuard": 950,  # below the cache: what it sees would go out to the network
}
SPIDER_MIDDLEWARES = {"newsharvest.politeness.tdm.PostReservations": 500}
TELNETCONSOLE_ENABLED = False
REMOTE_CONTROL_ENABLED = False
DOWNLOAD_TIMEOUT = 30
DNS_TIMEOUT = 20
DOWNLOAD_MAXSIZE = 20 * 1024 * 1024
DOWNLOAD_WARNSIZE = 5 * 1024 * 1024
REDIRECT_MAX_TIMES = 5
METAREFRESH_ENABLED = False  # news pages reload themselves; that is no redirect
URLLENGTH_LIMIT = 8192  # a Hindi headline in a URL takes nine characters a letter

# The archive is the cache; the add-on tells it which files, and in replay refuses what is missing.
HTTPCACHE_ENABLED = True
HTTPCACHE_STORAGE = "newsharvest.httpcache.ArchiveStorage"
HTTPCACHE_POLICY = "newsharvest.httpcache.ArchivePolicy"

LOG_LEVEL = "INFO"
FEED_EXPORT_ENCODING = "utf-8"
