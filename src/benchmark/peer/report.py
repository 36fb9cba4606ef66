"""A TID 1500 Structured Report with the finding and its probabilities, by pydicom."""

from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import ExplicitVRLittleEndian, generate_uid

COMPREHENSIVE_3D_SR = "1.2.840.10008.5.1.4.1.1.88.34"
COPIED = ["PatientName", "PatientID", "PatientBirthDate", "PatientSex", "StudyInstanceUID", "StudyDate", "StudyTime"]


def code(value, scheme, meaning):
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, scheme, meaning
    return Sequence([item])


def content(value_type, relationship, name, **attributes):
    item = Dataset()
    item.ValueType = value_type
    item.RelationshipType = relationship
    item.ConceptNameCodeSequence = name
    for keyword, value in attributes.items():
        setattr(item, keyword, value)
    return item


def probability(meaning, share):
    value = Dataset()
    value.NumericValue = f"{share * 100:.1f}"
    value.MeasurementUnitsCodeSequence = code("%", "UCUM", "Percent")
    name = code("122157", "DCM", meaning)
    return content("NUM", "CONTAINS", name, MeasuredValueSequence=Sequence([value]))


def write_report(source, pneumonia, subtypes, path):
    _, viral, bacterial = subtypes
    group = content(
        "CONTAINER",
        "CONTAINS",
        code("125007", "DCM", "Measurement Group"),
        ContinuityOfContent="SEPARATE",
        ContentSequence=Sequence(
            [
                content("CODE", "CONTAINS", code("121071", "DCM", "Finding"), ConceptCodeSequence=code("233604007", "SCT", "Pneumonia")),
                probability("Pneumonia", pneumonia),
                probability("Bacterial", bacterial),
                probability("Viral", viral),
            ]
        ),
    )
    report = Dataset()
    for keyword in COPIED:
        setattr(report, keyword, source.get(keyword, ""))
    report.SOPClassUID = COMPREHENSIVE_3D_SR
    report.SOPInstanceUID = generate_uid()
    report.SeriesInstanceUID = generate_uid()
    report.Modality = "SR"
    report.ValueType = "CONTAINER"
    report.ContinuityOfContent = "SEPARATE"
    report.CompletionFlag, report.VerificationFlag = "COMPLETE", "UNVERIFIED"
    report.ConceptNameCodeSequence = code("126000", "DCM", "Imaging Measurement Report")
    report.ContentSequence = Sequence([group])
    report.file_meta = FileMetaDataset()
    report.file_meta.MediaStorageSOPClassUID = report.SOPClassUID
    report.file_meta.MediaStorageSOPInstanceUID = report.SOPInstanceUID
    report.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    report.is_little_endian, report.is_implicit_VR = True, False
    report.save_as(path, write_like_original=False)
