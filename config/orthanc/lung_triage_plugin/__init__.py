"""Modules of the Lung Triage plugin for Orthanc; the entry point is `lung_triage.py` beside this folder."""
