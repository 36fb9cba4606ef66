"""Serves the LungTriage section to a service started with `serve --orthanc-plugin`."""

import json
import os

import orthanc

from .section import PluginSettings
from .signature import SignatureVerifier

ROUTE = "/lung-triage-settings"


class SectionRoute:
    """`GET /lung-triage-settings`, behind Orthanc's login and signed with the shared key.

    The section contains passwords, so users of Orthanc cannot read it. Of the rest of the configuration, which contains
    more passwords, only CHECKED_SETTINGS are sent.
    """

    def __init__(self, settings: PluginSettings, folder: str):
        self._verifier = SignatureVerifier(settings.key)
        # Relative paths in the section are relative to the configuration folder.
        self._answer = json.dumps({"LungTriage": settings.section, "Directory": folder, "Orthanc": settings.orthanc})

    def answer(self, output, uri, **request):
        """The REST callback."""
        if request["method"] != "GET":
            output.SendMethodNotAllowed("GET")
        elif self._verifier.actor_of("GET", ROUTE, request["headers"]) != "service":
            orthanc.LogWarning("Lung Triage: refused a request for the settings: its signature is missing or invalid.")
            output.SendHttpStatusCode(403)
        else:
            output.SetHttpHeader("Cache-Control", "no-store")
            output.AnswerBuffer(self._answer, "application/json")


def configuration_folder() -> str:
    """The folder of Orthanc's configuration, from its command line.

    GetConfigurationPath is not usable: given a folder on the command line, it returns the folder's parent.
    """
    arguments = [orthanc.GetCommandLineArgument(place) for place in range(orthanc.GetCommandLineArgumentsCount())]
    named = [argument for argument in arguments if not argument.startswith("-") and os.path.exists(argument)]
    path = os.path.abspath(named[-1] if named else ".")
    return path if os.path.isdir(path) else os.path.dirname(path)
