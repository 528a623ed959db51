"""From a released instrument to coded answers."""
