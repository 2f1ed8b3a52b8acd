"""Files that come with reports: known by what they are, made anew or stripped, sealed, opened for few."""
