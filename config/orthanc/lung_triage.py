"""Lung Triage inside Orthanc. Not for diagnostic use.

Name this file as "PythonScript" in Orthanc's configuration, beside a "LungTriage" section. It passes our section on to
the service, tells the service of stable studies, shows results in Orthanc Explorer, shows the status page under
Orthanc's own login at /lung-triage, and with "Autostart" runs the service itself.
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
    """Reads our section and registers all that the plugin does; without a section it does nothing."""
    configuration = json.loads(orthanc.GetConfiguration())
    if "LungTriage" not in configuration:
        orthanc.LogWarning('Lung Triage: there is no "LungTriage" section in the configuration, so the plugin does nothing.')
        return
    folder = configuration_folder()
    settings = read_plugin_settings(configuration, folder)
    if settings.key is None:
        orthanc.LogWarning(
            'Lung Triage: set "Plugin": {"Key": …} or "Autostart": true in the "LungTriage" section; '
            "without a key shared with the service this plugin does nothing."
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
        orthanc.LogWarning("Lung Triage: the service is started with Orthanc: " + " ".join(serve_command(settings)))


def change_handler(pusher, supervisor):
    """What Orthanc calls, from a thread of its own, at every change. Nothing here waits for the service."""

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
except Exception as error:  # An exception that left this script would keep Orthanc itself, the archive, from starting.
    orthanc.LogError(
        "Lung Triage: the plugin cannot start ({}). Orthanc runs without it. "
        "`lung-triage check-config` lists the problems of the section.".format(type(error).__name__)
    )
