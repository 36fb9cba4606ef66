"""What the plugin reads of Orthanc's configuration.

Only these few values: the service checks the whole section, and reports what is wrong with it by name.
"""

import os
import secrets
from dataclasses import dataclass
from typing import List, Optional


@dataclass(frozen=True)
class ServiceTrust:
    """By which files the plugin knows the service over TLS; with neither by what this machine trusts."""

    # The certificate that the service on this machine must show, whoever signed it.
    certificate_file: Optional[str] = None
    # The authority that signed the certificate of a service elsewhere.
    ca_file: Optional[str] = None


@dataclass(frozen=True)
class PluginSettings:
    """Our section, and what the plugin itself does by it."""

    section: dict
    service_url: str
    trust: ServiceTrust
    # Shared with the service; None where the plugin and the service cannot know each other.
    key: Optional[str]
    autostart: bool
    command: List[str]
    # Whether Orthanc knows who sends a request. Without that nobody's name can be vouched for.
    login_required: bool


def read_plugin_settings(configuration: dict, folder: str) -> PluginSettings:
    """Reads Orthanc's whole configuration, of which nothing but our section is kept.

    Relative paths in it are relative to `folder`.
    """
    section = configuration["LungTriage"]
    plugin = section.get("Plugin", {})
    command = section.get("Command", [])
    if not isinstance(command, list):
        raise TypeError("Command must be a list")
    autostart = section.get("Autostart", False) is True
    return PluginSettings(
        section=section,
        service_url=plugin.get("ServiceUrl") or service_url_of(section.get("Http", {})),
        trust=trust_of(section, folder),
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
    return "{}://{}:{}".format("https" if "Tls" in http else "http", host, http.get("Port", 8050))


def trust_of(section: dict, folder: str) -> ServiceTrust:
    """A service at an address of its own is known by its name and authority, one on this machine by its certificate."""
    plugin, tls = section.get("Plugin", {}), section.get("Http", {}).get("Tls")
    if plugin.get("ServiceUrl"):
        ca_file = plugin.get("CaFile")
        return ServiceTrust(ca_file=os.path.join(folder, ca_file) if ca_file else None)
    return ServiceTrust(certificate_file=os.path.join(folder, tls["CertificateFile"]) if tls else None)
