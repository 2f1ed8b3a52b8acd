"""Questions to an area's officers that are no reports: asked by chat, answered there."""
