"""Merging and moving: the reports of a case are carried into another one."""
