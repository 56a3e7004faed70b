"""Side-by-side timings of daisy: each file measures one figure, and both its sides in one run.

`make bench` runs them all; `python -m benches NAME ...` runs some. Nothing here is a test: a
figure that is missed is printed as missed, and that is all.
"""
