"""newsharvest: crawl Hindi news, strip the boilerplate, keep a clean corpus."""

__version__ = "0.1.0"
