"""Intake: takes reports from every channel, loses none, and stores who reported apart and sealed."""
