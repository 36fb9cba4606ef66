"""The parts of the Lung Triage plugin for Orthanc; `lung_triage.py` beside this folder puts them together."""
