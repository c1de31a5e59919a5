"""One file a command, loaded lazily by newsharvest.cli."""
