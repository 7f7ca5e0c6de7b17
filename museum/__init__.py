"""Small experiments that behave differently on older releases of Django, DRF and their packages.

A demo needs the releases of today. These functions need nothing of this project, and they run from
Python 3.6, Django 1.8 and DRF 3.1 on, so `make museum` can find the first release that behaves as
today. Each function is one behaviour and returns it in words. Functions share a module where they
share what they import: a release that lacks it then fails in that module alone.

`museum.toml` says what each function shows. Python 3.6 must be able to read this folder.
"""
