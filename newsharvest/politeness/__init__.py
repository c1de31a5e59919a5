"""Politeness towards the sites: pace, robots.txt, Retry-After, and reservations of text and data mining."""
