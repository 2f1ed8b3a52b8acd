"""The ladder as officials change it: a version is written, looked at against last year's alerts, approved by a second
official, and holds from then on."""
