"""Finding and fetching: one declaration a site. Nothing here cleans."""
