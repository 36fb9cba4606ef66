"""What the plugin reads of Orthanc's configuration.

Only these few values: the service checks the whole section, and reports what is wrong with it by name.
"""

import secrets
from dataclasses import dataclass
from typing import List, Optional


@dataclass(frozen=True)
class PluginSettings:
    """Our section, and what the plugin itself does by it."""

    section: dict
    service_url: str
    # Shared with the service; None where the plugin and the service cannot know each other.
    key: Optional[str]
    autostart: bool
    command: List[str]
    # Whether Orthanc knows who sends a request. Without that nobody's name can be vouched for.
    login_required: bool


def read_plugin_settings(configuration: dict) -> PluginSettings:
    """Reads Orthanc's whole configuration, of which nothing but our section is kept."""
    section = configuration["LungTriage"]
    plugin = section.get("Plugin", {})
    command = section.get("Command", [])
    if not isinstance(command, list):
        raise TypeError("Command must be a list")
    autostart = section.get("Autostart", False) is True
    return PluginSettings(
        section=section,
        service_url=plugin.get("ServiceUrl") or service_url_of(section.get("Http", {})),
        key=plugin.get("Key") or (secrets.token_urlsafe(32) if autostart else None),
        autostart=autostart,
        command=command,
        # Orthanc asks for a login when told to, and by itself when it listens to other machines.
        login_required=configuration.get("AuthenticationEnabled", configuration.get("RemoteAccessAllowed", False))
        is True,
    )


def service_url_of(http: dict) -> str:
    """Where the service listens on this machine; one that listens on all addresses is reached by loopback."""
    host = http.get("Host", "127.0.0.1")
    everywhere = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}
    host = everywhere.get(host, "[" + host + "]" if ":" in host else host)
    return "http://{}:{}".format(host, http.get("Port", 8050))
