//! Aliyun's codes, sorted by what they mean for a letter (help.aliyun.com, API error codes of the message service).

use crate::sms::Fault;

/// Better later: the number's or the account's rate, the service's own trouble.
const BUSY: [&str; 4] = ["isv.BUSINESS_LIMIT_CONTROL", "isp.SYSTEM_ERROR", "ServiceUnavailable", "SignatureNonceUsed"];

/// Money, permission, the day's quota, the key, and what every letter has alike: signature and approved text.
const CLOSED: [&str; 26] = [
    "isv.OUT_OF_SERVICE",
    "isv.AMOUNT_NOT_ENOUGH",
    "isv.ACCOUNT_ABNORMAL",
    "isv.ACCOUNT_NOT_EXISTS",
    "isv.PRODUCT_UN_SUBSCRIPT",
    "isv.PRODUCT_UNSUBSCRIBE",
    "isv.DAY_LIMIT_CONTROL",
    "isv.MONTH_LIMIT_CONTROL",
    "isv.DENY_IP_RANGE",
    "isv.SMS_SIGNATURE_ILLEGAL",
    "isv.SIGN_NAME_ILLEGAL",
    "isv.SIGN_STATE_ILLEGAL",
    "isv.SMS_SIGNATURE_SCENE_ILLEGAL",
    "isv.SMS_SIGN_ILLEGAL",
    "isv.SMS_TEMPLATE_ILLEGAL",
    "isv.SMS_TEST_TEMPLATE_ILLEGAL",
    "isv.SMS_TEST_SIGN_TEMPLATE_LIMIT",
    "isv.SMS_TEST_NUMBER_LIMIT",
    "isp.RAM_PERMISSION_DENY",
    "isp.OUT_OF_SERVICE",
    "isv.CUSTOMER_REFUSED",
    "isv.EXTEND_CODE_ERROR",
    "SignatureDoesNotMatch",
    "IncompleteSignature",
    "NoPermission",
    "MissingAuthorization",
];

/// Codes that open like this mean the key or the account.
const CLOSED_OPENINGS: [&str; 4] = ["InvalidAccessKey", "Forbidden", "InvalidSecurityToken", "InvalidTimeStamp"];

/// This text, or a value in it.
const TEXT: [&str; 9] = [
    "isv.TEMPLATE_MISSING_PARAMETERS",
    "isv.TEMPLATE_PARAMS_ILLEGAL",
    "isv.INVALID_JSON_PARAM",
    "isv.INVALID_PARAMETERS",
    "isv.PARAM_LENGTH_LIMIT",
    "isv.PARAM_NOT_SUPPORT_URL",
    "isv.SMS_CONTENT_ILLEGAL",
    "isv.SMS_CONTENT_MISMATCH_TEMPLATE_TYPE",
    "isv.SMS_OVER_LIMIT",
];

/// What a code means. One that is not listed names a refusal all the same: the answer came, and it was not "OK".
pub(super) fn fault(code: &str) -> Fault {
    if BUSY.contains(&code) || code.starts_with("Throttling") {
        Fault::Busy
    } else if CLOSED.contains(&code) || CLOSED_OPENINGS.iter().any(|opening| code.starts_with(opening)) {
        Fault::Closed
    } else if TEXT.contains(&code) {
        Fault::Text
    } else if code.starts_with("isp.") || code == "InternalError" {
        // Aliyun's own side failed at a place that it does not name.
        Fault::Unknown
    } else {
        Fault::Recipient
    }
}
