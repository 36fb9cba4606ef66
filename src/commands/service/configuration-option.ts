import { Option } from 'commander'

/** Option of the commands that talk to the running service. */
export interface ConfigurationOption {
  orthancConfig: string
}

export function configurationOption(): Option {
  return new Option(
    '--orthanc-config <path>',
    "Orthanc's configuration file or folder, as used by the running service",
  ).makeOptionMandatory()
}
