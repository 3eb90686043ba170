"""Torture: kill the desk, starve it, press it, and see that it kept every promise.

`python -m tests.torture kills --times 200` and its siblings print what they measured and end
with 1 where a promise was broken; `tests/test_torture.py` runs short versions. What is sent to
the desk is remembered by whoever sent it, and at the end the file is held against that.

A killed process leaves what it wrote to the operating system, so nothing here says what a
power cut does; that each commit waits for the disk is another matter.
"""
