"""The values that the plugin reads from Orthanc's configuration.

The service validates the whole section and names every invalid setting.
"""

import os
import secrets
from dataclasses import dataclass
from typing import List, Optional


# The service names what they prevent: src/settings/probes/orthanc-problems.ts.
CHECKED_SETTINGS = ("IngestTranscoding", "LimitFindResults")


@dataclass(frozen=True)
class ServiceTrust:
    """Files to verify the service over TLS. With neither, the trust store of the system is used."""

    # The certificate that a service on this machine must present, whoever signed it.
    certificate_file: Optional[str] = None
    # The authority that signed the certificate of a service on another machine.
    ca_file: Optional[str] = None


@dataclass(frozen=True)
class PluginSettings:
    """The LungTriage section and the plugin's own settings."""

    section: dict
    # Settings of Orthanc itself that the service checks at its start.
    orthanc: dict
    service_url: str
    trust: ServiceTrust
    # Shared with the service; None if neither Plugin.Key nor Autostart is set.
    key: Optional[str]
    autostart: bool
    command: List[str]
    # Whether Orthanc requires a login. Without a login the user's name is not verified.
    login_required: bool


def read_plugin_settings(configuration: dict, folder: str) -> PluginSettings:
    """Reads Orthanc's whole configuration and keeps only the LungTriage section.

    Relative paths in the section are relative to `folder`.
    """
    section = configuration["LungTriage"]
    plugin = section.get("Plugin", {})
    command = section.get("Command", [])
    if not isinstance(command, list):
        raise TypeError("Command must be a list")
    autostart = section.get("Autostart", False) is True
    return PluginSettings(
        section=section,
        orthanc={name: configuration[name] for name in CHECKED_SETTINGS if name in configuration},
        service_url=plugin.get("ServiceUrl") or service_url_of(section.get("Http", {})),
        trust=trust_of(section, folder),
        key=plugin.get("Key") or (secrets.token_urlsafe(32) if autostart else None),
        autostart=autostart,
        command=command,
        # Orthanc's default: a login is required if remote access is allowed.
        login_required=configuration.get("AuthenticationEnabled", configuration.get("RemoteAccessAllowed", False))
        is True,
    )


def service_url_of(http: dict) -> str:
    """The address of a service on this machine; loopback if it listens on all addresses."""
    host = http.get("Host", "127.0.0.1")
    everywhere = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}
    host = everywhere.get(host, "[" + host + "]" if ":" in host else host)
    return "{}://{}:{}".format("https" if "Tls" in http else "http", host, http.get("Port", 8050))


def trust_of(section: dict, folder: str) -> ServiceTrust:
    """Verifies a service at Plugin.ServiceUrl by name and authority, one on this machine by its certificate."""
    plugin, tls = section.get("Plugin", {}), section.get("Http", {}).get("Tls")
    if plugin.get("ServiceUrl"):
        ca_file = plugin.get("CaFile")
        return ServiceTrust(ca_file=os.path.join(folder, ca_file) if ca_file else None)
    return ServiceTrust(certificate_file=os.path.join(folder, tls["CertificateFile"]) if tls else None)
