"""Passes our section on to the service that is started with `serve --orthanc-plugin`."""

import json
import os

import orthanc

from .section import PluginSettings
from .signature import SignatureVerifier

ROUTE = "/lung-triage-settings"


class SectionRoute:
    """`GET /lung-triage-settings`, behind Orthanc's login and signed with the shared key.

    The section holds passwords, so a user of Orthanc may not read it; the rest of the configuration holds more of them,
    and is not passed on to anybody.
    """

    def __init__(self, settings: PluginSettings, folder: str):
        self._verifier = SignatureVerifier(settings.key)
        # Relative paths in the section are relative to the configuration.
        self._answer = json.dumps({"LungTriage": settings.section, "Directory": folder})

    def answer(self, output, uri, **request):
        """The REST callback."""
        if request["method"] != "GET":
            output.SendMethodNotAllowed("GET")
        elif self._verifier.actor_of("GET", ROUTE, request["headers"]) != "service":
            orthanc.LogWarning("Lung Triage: a request for the settings without a valid signature was refused.")
            output.SendHttpStatusCode(403)
        else:
            output.SetHttpHeader("Cache-Control", "no-store")
            output.AnswerBuffer(self._answer, "application/json")


def configuration_folder() -> str:
    """The folder of the configuration that Orthanc was started with.

    GetConfigurationPath names the file where that is one, but the parent of a folder; so the command line is looked at.
    """
    arguments = [orthanc.GetCommandLineArgument(place) for place in range(orthanc.GetCommandLineArgumentsCount())]
    named = [argument for argument in arguments if not argument.startswith("-") and os.path.exists(argument)]
    path = os.path.abspath(named[-1] if named else ".")
    return path if os.path.isdir(path) else os.path.dirname(path)
