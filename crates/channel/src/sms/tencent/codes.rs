//! Tencent Cloud's codes, sorted by what they mean for a letter (the vendor's SDK lists them with their causes).

use crate::sms::Fault;

const BUSY: [&str; 9] = [
    "LimitExceeded.DeliveryFrequencyLimit",
    "LimitExceeded.PhoneNumberThirtySecondLimit",
    "LimitExceeded.PhoneNumberOneHourLimit",
    "RequestLimitExceeded",
    "RequestLimitExceeded.IPLimitExceeded",
    "RequestLimitExceeded.UinLimitExceeded",
    "ResourceUnavailable",
    "ResourceInsufficient",
    "FailedOperation.FailResolvePacket",
];

const CLOSED: [&str; 20] = [
    "FailedOperation.InsufficientBalanceInSmsPackage",
    "FailedOperation.SignatureIncorrectOrUnapproved",
    "FailedOperation.MissingSignature",
    "FailedOperation.MissingSignatureList",
    "FailedOperation.MissingTemplateList",
    "FailedOperation.TemplateIncorrectOrUnapproved",
    "FailedOperation.TemplateUnapprovedOrNotExist",
    "FailedOperation.TemplateIdNotExist",
    "FailedOperation.NotEnterpriseCertification",
    "FailedOperation.QualificationIdNotApproved",
    "LimitExceeded.AppDailyLimit",
    "LimitExceeded.AppMainlandChinaDailyLimit",
    "LimitExceeded.DailyLimit",
    "InvalidParameter.AppidAndBizId",
    "InvalidParameterValue.SdkAppIdNotExist",
    "InternalError.RequestTimeException",
    "InternalError.RestApiInterfaceNotExist",
    "InternalError.SigFieldMissing",
    "InternalError.SigVerificationFail",
    "UnsupportedOperation.UnsupportedRegion",
];

/// Codes that open like this mean the key, the account or its permissions.
const CLOSED_OPENINGS: [&str; 3] = ["AuthFailure", "UnauthorizedOperation", "OperationDenied"];

const TEXT: [&str; 8] = [
    "FailedOperation.ContainSensitiveWord",
    "FailedOperation.TemplateParamSetNotMatchApprovedTemplate",
    "InvalidParameter.DirtyWordFound",
    "InvalidParameterValue.ContentLengthLimit",
    "InvalidParameterValue.ProhibitedUseUrlInTemplateParameter",
    "InvalidParameterValue.TemplateParameterFormatError",
    "InvalidParameterValue.TemplateParameterLengthLimit",
    "InvalidParameterValue.UnsupportedTemplateVariable",
];

/// What a code means. One that is not listed names a refusal all the same: the answer came, and it was not "Ok".
pub(super) fn fault(code: &str) -> Fault {
    if BUSY.contains(&code) {
        Fault::Busy
    } else if CLOSED.contains(&code) || CLOSED_OPENINGS.iter().any(|opening| code.starts_with(opening)) {
        Fault::Closed
    } else if TEXT.contains(&code) {
        Fault::Text
    } else if code.starts_with("InternalError") {
        // Among them "the send timed out": Tencent itself does not know.
        Fault::Unknown
    } else {
        Fault::Recipient
    }
}
