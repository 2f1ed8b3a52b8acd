"""The mathematics of early warning. Pure: arrays in, arrays out; no I/O, no clock, no randomness.

Two grids. Forecasts read *days* (`Counts`, one column a day), detection reads *weeks* (one column a week, the newest
may still be filling). Rates are per week throughout. Counts are integers, and everything else is computed from them:
so the order in which reports arrive cannot change a score, and a report that is withdrawn leaves no trace.
"""
