"""Intake: takes reports from every channel, loses none, and keeps who reported apart and sealed."""
