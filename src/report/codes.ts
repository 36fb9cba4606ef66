/** All codes in results. Sources: DICOM PS3.16 Annex D (DCM) and its context groups (CID), SNOMED CT, LOINC, UCUM. */

/** A code of at most 16 characters with a meaning of at most 64 (PS3.3 8.1, 8.3: VR SH and LO). */
export interface Code {
  readonly value: string
  readonly scheme: 'DCM' | 'SCT' | 'LN' | 'UCUM' | 'RFC5646'
  readonly meaning: string
}

const dcm = (value: string, meaning: string): Code => ({ value, scheme: 'DCM', meaning })
const sct = (value: string, meaning: string): Code => ({ value, scheme: 'SCT', meaning })
const ln = (value: string, meaning: string): Code => ({ value, scheme: 'LN', meaning })

export const codes = {
  // Document titles and structure: TID 1500, 1600, 1602, 1410, 1411; TID 2000.
  imagingMeasurementReport: dcm('126000', 'Imaging Measurement Report'),
  imageLibrary: dcm('111028', 'Image Library'),
  imageLibraryGroup: dcm('126200', 'Image Library Group'),
  imagingMeasurements: dcm('126010', 'Imaging Measurements'),
  measurementGroup: dcm('125007', 'Measurement Group'),
  trackingIdentifier: dcm('112039', 'Tracking Identifier'),
  trackingUniqueIdentifier: dcm('112040', 'Tracking Unique Identifier'),
  finding: dcm('121071', 'Finding'),
  conclusions: dcm('121076', 'Conclusions'),
  conclusion: dcm('121077', 'Conclusion'),
  comment: dcm('121106', 'Comment'),
  imageRegion: dcm('111030', 'Image Region'),
  // OBX-3 of a Study Instance UID in HL7 v2: IHE RAD TF-2, table 4.7-7.
  dicomStudy: dcm('113014', 'DICOM Study'),
  diagnosticImagingStudy: ln('18748-4', 'Diagnostic imaging study'),

  // Key Object Selection: TID 2010, CID 7010.
  rejectedForPatientSafety: dcm('113037', 'Rejected for Patient Safety Reasons'),
  incorrectWorklistEntry: dcm('113038', 'Incorrect Modality Worklist Entry'),
  keyObjectDescription: dcm('113012', 'Key Object Description'),

  // Context: TID 1204, 1002, 1004.
  language: dcm('121049', 'Language of Content Item and Descendants'),
  english: { value: 'en', scheme: 'RFC5646', meaning: 'English' },
  observerType: dcm('121005', 'Observer Type'),
  device: dcm('121007', 'Device'),
  deviceObserverUid: dcm('121012', 'Device Observer UID'),
  deviceObserverName: dcm('121013', 'Device Observer Name'),
  deviceObserverManufacturer: dcm('121014', 'Device Observer Manufacturer'),
  deviceObserverModelName: dcm('121015', 'Device Observer Model Name'),
  procedureReported: dcm('121058', 'Procedure reported'),

  // Procedures: LOINC radiology.
  chestXrayAp: ln('36572-6', 'XR Chest AP'),
  chestXrayPa: ln('24648-8', 'XR Chest PA upright'),
  chestXrayTwoViews: ln('36643-5', 'XR Chest 2 Views'),
  chestXray: ln('43468-8', 'XR Unspecified body region Views'),

  // Findings and their qualities.
  pneumonia: sct('233604007', 'Pneumonia'),
  bacterialPneumonia: sct('53084003', 'Bacterial pneumonia'),
  viralPneumonia: sct('75570004', 'Viral pneumonia'),
  findingSite: sct('363698007', 'Finding Site'),
  lung: sct('39607008', 'Lung'),
  presence: dcm('121052', 'Presence of property'),
  present: sct('52101004', 'Present'),
  absent: sct('272519000', 'Absent'),
  undetermined: sct('373068000', 'Undetermined'),
  percent: { value: '%', scheme: 'UCUM', meaning: 'Percent' },

  // Segmentation: CID 7150, 7152, 7202, 7203.
  anatomicalStructure: sct('123037004', 'Anatomical Structure'),
  rightLung: sct('3341006', 'Right lung'),
  leftLung: sct('44029006', 'Left lung'),
  segmentation: dcm('113076', 'Segmentation'),
  sourceForProcessing: dcm('121322', 'Source image for image processing operation'),

  // Algorithm and explanation: TID 4019, CID 217, Supplement 235's explanation codes.
  algorithmName: dcm('111001', 'Algorithm Name'),
  algorithmParameters: dcm('111002', 'Algorithm Parameters'),
  algorithmVersion: dcm('111003', 'Algorithm Version'),
  algorithmFamily: dcm('111000', 'Algorithm Family'),
  artificialIntelligence: dcm('123110', 'Artificial Intelligence'),
  visualExplanation: dcm('130401', 'Visual explanation'),
  classActivation: dcm('130402', 'Class activation'),
} as const satisfies Readonly<Record<string, Code>>

/**
 * Probability (DCM 122157) with a human-readable name: viewers show only the concept name of a number. Machines read
 * the code; the code meaning may be any text that conveys the concept (PS3.3 8.3).
 */
export function probabilityNamed(meaning: string): Code {
  return dcm('122157', meaning)
}
