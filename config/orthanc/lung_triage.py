"""Lung Triage inside Orthanc. Not for diagnostic use.

Set this file as "PythonScript" in Orthanc's configuration and add a "LungTriage" section. The plugin passes the section
to the service, pushes stable studies to it, shows results in Orthanc Explorer, and serves the status page at
/lung-triage under Orthanc's login. With "Autostart" it also runs the service.
"""

import json

import orthanc
from lung_triage_plugin.explorer import explorer_script
from lung_triage_plugin.push import StudyPusher
from lung_triage_plugin.section import read_plugin_settings
from lung_triage_plugin.section_route import SectionRoute, configuration_folder
from lung_triage_plugin.service_client import ServiceClient
from lung_triage_plugin.status_page import StatusPageProxy
from lung_triage_plugin.supervisor import Supervisor, serve_command


def main():
    """Reads the LungTriage section and registers the callbacks; without a section the plugin is inactive."""
    configuration = json.loads(orthanc.GetConfiguration())
    if "LungTriage" not in configuration:
        orthanc.LogWarning('Lung Triage: the plugin is inactive: the configuration has no "LungTriage" section.')
        return
    folder = configuration_folder()
    settings = read_plugin_settings(configuration, folder)
    if settings.key is None:
        orthanc.LogWarning(
            "Lung Triage: the plugin is inactive: it shares no key with the service. "
            'Set "Plugin": {"Key": …} or "Autostart": true in the "LungTriage" section.'
        )
        return
    service = ServiceClient(settings.service_url, settings.key, settings.trust)
    pusher = StudyPusher(service)
    supervisor = Supervisor(settings, on_ready=service.moved_to) if settings.autostart else None
    orthanc.RegisterRestCallback("/lung-triage-settings", SectionRoute(settings, folder).answer)
    proxy = StatusPageProxy(service, settings.login_required)
    orthanc.RegisterRestCallback("/lung-triage", proxy.redirect)
    orthanc.RegisterRestCallback("/lung-triage/(.+)", proxy.answer)
    orthanc.ExtendOrthancExplorer(explorer_script())
    orthanc.RegisterOnChangeCallback(change_handler(pusher, supervisor))
    if supervisor is not None:
        orthanc.LogWarning("Lung Triage: the plugin starts the service with: " + " ".join(serve_command(settings)))


def change_handler(pusher, supervisor):
    """The callback for every change, on a thread of Orthanc. It waits for the service only when Orthanc stops."""

    def on_change(change_type, level, resource_id):
        if change_type == orthanc.ChangeType.STABLE_STUDY:
            pusher.note(resource_id)
        elif change_type == orthanc.ChangeType.ORTHANC_STARTED:
            pusher.start()
            if supervisor is not None:
                supervisor.start()
        elif change_type == orthanc.ChangeType.ORTHANC_STOPPED:
            pusher.stop()
            if supervisor is not None:
                supervisor.stop()

    return on_change


try:
    main()
except Exception as error:  # An uncaught exception would prevent Orthanc itself from starting.
    orthanc.LogError(
        "Lung Triage: the plugin cannot start ({}). Orthanc runs without it. "
        "`lung-triage check-config` lists the problems of the section.".format(type(error).__name__)
    )
