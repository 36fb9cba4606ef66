import { Option } from 'commander'

/** Of the commands that ask the running service. */
export interface ConfigurationOption {
  orthancConfig: string
}

export function configurationOption(): Option {
  return new Option('--orthanc-config <path>', 'the configuration that the service runs with').makeOptionMandatory()
}
